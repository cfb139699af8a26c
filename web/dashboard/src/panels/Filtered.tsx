// What was kept out of the numbers, and why.
import { count } from '../format';
import { useServices } from '../context';
import { useTopic } from '../live';
import { filtered } from '../rows';
import type { Site, Stats } from '../types';
import type { Looking } from '../view';
import { Card } from './Card';
import { Gliding } from './Figure';
import { SkeletonRows, StreamFailure } from './States';

export function Filtered({ site, look }: { site: Site; look: Looking }) {
  const { api } = useServices();
  const { filters: _, ...range } = look.rest;
  const params = { ...range, limit: 1 };
  const stream = useTopic<Stats>('stats', site.id, params, () => api.stats(site.id, params));
  const data = stream.data.value;
  const kept = data && filtered(data.filtered);
  return (
    <Card title="Bots" hint="Hits that were ignored and are in no other number here." area="a-half" unit="hits">
      <StreamFailure error={stream.error.value} />
      {!kept && <SkeletonRows count={4} />}
      {kept && (
        <>
          <p class="filtered-total">
            <strong data-figure="filtered">
              <Gliding value={kept.total} show={count} />
            </strong>{' '}
            <span class="soft">{kept.total === 1 ? 'hit' : 'hits'} kept out of every number</span>
          </p>
          <dl class="reasons">
            {kept.reasons.map((reason) => (
              <div key={reason.key} data-none={reason.value === 0}>
                <dt>
                  {reason.label} <span class="soft">{reason.why}</span>
                </dt>
                <dd>{reason.shown}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </Card>
  );
}
