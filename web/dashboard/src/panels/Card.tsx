import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import type { Term as Name } from '../definitions';
import { Term } from './Term';

interface Props {
  term: Name;
  title: string;
  /** A place of the grid. */
  area: string;
  /** What the values of the list are, at the right of the title. */
  unit?: string;
  children: ComponentChildren;
}

/** A titled piece of the page. */
export function Card({ term, title, area, unit, children }: Props) {
  const id = useId();
  return (
    <section class={`card ${area}`} aria-labelledby={id}>
      <header class="card-head">
        <h3 id={id}>
          <Term name={term} label={title} />
        </h3>
        {unit && <span class="unit">{unit}</span>}
      </header>
      {children}
    </section>
  );
}
