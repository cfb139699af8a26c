// A button that opens a small panel of links and buttons. Escape and a click elsewhere close it.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

interface Props {
  /** Read out for the button. */
  label: string;
  face: ComponentChildren;
  align: 'start' | 'end';
  children: ComponentChildren;
}

export function Menu({ label, face, align, children }: Props) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return undefined;
    const elsewhere = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', elsewhere);
    document.addEventListener('focusin', elsewhere);
    return () => {
      document.removeEventListener('pointerdown', elsewhere);
      document.removeEventListener('focusin', elsewhere);
    };
  }, [open]);
  // The focus would be lost with the panel; a dialog that a choice opens gives it back to the button.
  const close = () => {
    root.current?.querySelector('button')?.focus();
    setOpen(false);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !open) return;
    event.preventDefault(); // the page has its own use for the key
    close();
  };
  return (
    <div class="menu" ref={root} onKeyDown={onKeyDown}>
      <button type="button" class="menu-button" aria-label={label} aria-expanded={open} onClick={() => setOpen(!open)}>
        {face}
      </button>
      {open && (
        <div class={`menu-panel ${align}`} onClick={close}>
          {children}
        </div>
      )}
    </div>
  );
}
