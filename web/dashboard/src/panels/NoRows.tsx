// Nothing to list: why, and the way back where filters are the reason.
import type { ComponentChildren } from 'preact';
import type { Looking } from '../view';
import { Empty } from './States';

export function NoRows({ look, children }: { look: Looking; children: ComponentChildren }) {
  if (look.view.filters.length === 0) return <Empty>{children}</Empty>;
  return (
    <Empty>
      <p>No visit of this period satisfies the filters.</p>
      <a class="button quiet" href={look.href({ filters: [] })}>
        Clear the filters
      </a>
    </Empty>
  );
}
