// One number with its name and meaning. The eye sees it glide, a screen reader hears only where it ends.
import type { Term as Name } from '../definitions';
import { useTween } from '../tween';
import { Term } from './Term';

/** A number on its way to value. */
export function Gliding({ value, show }: { value: number; show: (n: number) => string }) {
  const shown = useTween(value);
  return (
    <>
      <span aria-hidden="true">{show(shown)}</span>
      <span class="sr-only">{show(value)}</span>
    </>
  );
}

interface Props {
  term: Name;
  label: string;
  value: number;
  show: (n: number) => string;
}

export function Figure({ term, label, value, show }: Props) {
  return (
    <div class="figure" data-figure={term}>
      <dt>
        <Term name={term} label={label} />
      </dt>
      <dd>
        <Gliding value={value} show={show} />
      </dd>
    </div>
  );
}
