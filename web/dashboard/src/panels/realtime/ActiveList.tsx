// Who is where at this moment: rows that reorder as people move.
import { useRef } from 'preact/hooks';
import { TOP } from '../../breakdown';
import { propertyName } from '../../filters';
import { useFlip } from '../../flip';
import { breakdown } from '../../rows';
import type { Site } from '../../types';
import { AllOf } from '../AllOf';
import { Card } from '../Card';
import { Empty, SkeletonRows } from '../States';
import { Value } from '../Value';

interface Props {
  site: Site;
  title: string;
  hint: string;
  counts: Record<string, number> | undefined;
  label: (key: string) => string;
  property: 'page' | 'source' | 'country';
}

export function ActiveList({ site, title, hint, counts, label, property }: Props) {
  const all = counts && breakdown(counts, Infinity, label);
  const rows = all?.slice(0, TOP);
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
        {all && (
          <AllOf
            {...{ site, title, property }}
            shown={TOP}
            name={`now-${property}`}
            label={propertyName(property)}
            unit="Visitors"
            entries={all}
          />
        )}
      </div>
    </Card>
  );
}
