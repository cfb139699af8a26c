import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { Term } from './Term';

interface Props {
  title: string;
  /** What the card shows, in a sentence; without it the title is plain. */
  hint?: string;
  /** A place of the grid, and other classes. */
  area?: string;
  /** What the values of the list are, and of when, at the right of the title. */
  unit?: ComponentChildren;
  /** Buttons and links at the right of the title. */
  actions?: ComponentChildren;
  children: ComponentChildren;
}

/** A titled piece of the page. */
export function Card({ title, hint, area = '', unit, actions, children }: Props) {
  const id = useId();
  return (
    <section class={`card padded ${area}`} aria-labelledby={id}>
      <header class="card-head">
        <h2 id={id} class="card-title">
          {hint ? <Term label={title} hint={hint} /> : title}
        </h2>
        {unit && <span class="unit">{unit}</span>}
        {actions && <div class="card-actions">{actions}</div>}
      </header>
      {children}
    </section>
  );
}
