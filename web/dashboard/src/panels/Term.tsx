// A word that says what it means: on hover, on focus, on tap; Escape closes it.
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';

const EDGE_PX = 12;

/** Moves a tooltip that would leave the window back into it. */
function useInside(open: boolean) {
  const ref = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const tip = ref.current;
    if (!open || !tip) return;
    tip.style.translate = '0';
    const { left, right } = tip.getBoundingClientRect();
    const over = right + EDGE_PX - document.documentElement.clientWidth;
    if (over > 0) tip.style.translate = `${-Math.min(over, left - EDGE_PX)}px`;
  }, [open]);
  return ref;
}

interface Props {
  label: string;
  /** What it means, in a sentence. */
  hint: string;
}

export function Term({ label, hint }: Props) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const tip = useInside(open);
  return (
    <span class="term" onMouseEnter={() => setOpen(true)} onMouseLeave={() => setOpen(false)}>
      <button
        type="button"
        class="term-word"
        aria-describedby={id}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onClick={() => setOpen(true)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || !open) return;
          event.preventDefault(); // the page has its own use for the key
          setOpen(false);
        }}
      >
        {label}
      </button>
      <span ref={tip} id={id} role="tooltip" class="tip" data-open={open}>
        {hint}
      </span>
    </span>
  );
}
