// What was kept out of the numbers, and why.
import { count } from '../format';
import { filtered } from '../rows';
import type { Stats } from '../types';
import { Card } from './Card';
import { Gliding } from './Figure';
import { SkeletonRows } from './States';

export function Filtered({ data }: { data: Stats | null }) {
  const kept = data && filtered(data.filtered);
  return (
    <Card term="filtered" title="Filtered" area="a-filtered" unit="hits">
      {!kept && <SkeletonRows count={4} />}
      {kept && (
        <>
          <p class="filtered-total">
            <strong data-figure="filtered">
              <Gliding value={kept.total} show={count} />
            </strong>{' '}
            <span class="soft">{kept.total === 1 ? 'hit' : 'hits'} kept out of every number today</span>
          </p>
          <dl class="reasons">
            {kept.reasons.map((reason) => (
              <div key={reason.key} data-none={reason.value === 0}>
                <dt title={reason.why}>{reason.label}</dt>
                <dd>{reason.shown}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </Card>
  );
}
