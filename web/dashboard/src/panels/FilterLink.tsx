// A row's label as the link that filters the page by it: a click sets the filter, Alt-click excludes.
import { useLocation } from 'preact-iso';
import { clicked, type Line } from '../breakdown';
import type { Looking } from '../view';
import { Value } from './Value';

export function FilterLink({ look, property, line }: { look: Looking; property: string; line: Line }) {
  const { route } = useLocation();
  const value = <Value property={property} label={line.label} />;
  if (!line.filterable) return value;
  const to = (exclude: boolean) => look.href({ filters: clicked(look.view.filters, property, line, exclude) });
  return (
    <a
      class="row-link"
      href={to(false)}
      title={line.label}
      aria-current={line.chosen ? 'true' : undefined}
      onClick={(event) => {
        if (!event.altKey) return;
        event.preventDefault();
        event.stopPropagation();
        route(to(true));
      }}
    >
      {value}
    </a>
  );
}
