// Who is where at this moment: rows that reorder as people move.
import { useRef } from 'preact/hooks';
import { TOP } from '../../breakdown';
import { useFlip } from '../../flip';
import { breakdown } from '../../rows';
import { Card } from '../Card';
import { Empty, SkeletonRows } from '../States';
import { Value } from '../Value';

interface Props {
  title: string;
  hint: string;
  counts: Record<string, number> | undefined;
  label: (key: string) => string;
  property: 'page' | 'source' | 'country';
}

export function ActiveList({ title, hint, counts, label, property }: Props) {
  const rows = counts && breakdown(counts, TOP, label);
  const list = useRef<HTMLOListElement>(null);
  useFlip(list, rows?.map(({ key }) => key).join('\n') ?? '');
  return (
    <Card title={title} hint={hint} area="a-third" unit="visitors">
      <div class="list-box">
        {!rows && <SkeletonRows count={5} />}
        {rows?.length === 0 && <Empty>Nobody is here at this moment.</Empty>}
        {rows && rows.length > 0 && (
          <ol class={property === 'page' ? 'list mono' : 'list'} ref={list}>
            {rows.map((row) => (
              <li key={row.key} data-key={row.key} class="row" style={{ '--share': row.share }}>
                <span class="row-label" title={row.label}>
                  <Value property={property} label={row.label} />
                </span>
                <span class="row-value">{row.shown}</span>
              </li>
            ))}
          </ol>
        )}
      </div>
    </Card>
  );
}
