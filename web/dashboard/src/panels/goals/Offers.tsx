// Pages and events seen that are no goals yet: each becomes one with a click.
import { count } from '../../format';
import { keyOf, metric } from '../../query';
import type { Site } from '../../types';
import { useQueries } from '../../use-query';
import type { Looking } from '../../view';
import { Card } from '../Card';
import { MakeGoal, type GoalSeed } from '../MakeGoal';
import { NoRows } from '../NoRows';
import { Empty, Refusal, SkeletonRows } from '../States';
import { Value } from '../Value';
import { isGoal, type Goal } from './goal';

const OFFERED = 5;

interface Props {
  site: Site;
  look: Looking;
  goals: Goal[];
  onMade: () => void;
}

function NoOffer({ look, seen }: { look: Looking; seen: boolean }) {
  if (seen) return <Empty>Everything that was seen is a goal already.</Empty>;
  return <NoRows look={look}>No page and no event was seen in this period.</NoRows>;
}

export function Offers({ site, look, goals, onMade }: Props) {
  const list = (id: 'page' | 'event') => ({ id, property: id, metrics: ['visitors'], limit: 50, ...look.query });
  const { answers, retry } = useQueries(site.id, [list('event'), list('page')]);
  const seen = (['event', 'page'] as const).map((property) =>
    (answers?.[property]?.results ?? [])
      .map((row) => ({ property, key: keyOf(row, property), visitors: metric(row, 'visitors') }))
      .filter(({ key }) => key !== '(other)'),
  );
  const rows = seen.flatMap((list) =>
    list
      .filter(({ property, key }) => !isGoal(goals, property === 'page' ? { path: key } : { eventAction: key }))
      .slice(0, OFFERED),
  );
  const refused = answers?.['event']?.error ?? answers?.['page']?.error;
  const seed = (property: 'page' | 'event', key: string): GoalSeed =>
    property === 'page' ? { type: 'pageview', path: key } : { type: 'event', eventAction: key };
  return (
    <Card
      title="Seen lately"
      hint="Events and pages of the period that are no goals yet."
      area="a-half"
      unit="visitors"
    >
      {!answers && <SkeletonRows count={5} />}
      {refused && <Refusal error={refused} retry={retry} />}
      {answers && !refused && rows.length === 0 && <NoOffer look={look} seen={seen.flat().length > 0} />}
      <ul>
        {rows.map(({ property, key, visitors }) => (
          <li key={`${property} ${key}`} class="offer">
            <span class="offer-what">
              <small class="soft">{property === 'page' ? 'Page' : 'Event'}</small>{' '}
              <span class={property === 'page' ? 'mono' : ''}>
                <Value property={property} label={key} />
              </span>
            </span>
            <span class="soft">{count(visitors)}</span>
            <MakeGoal site={site} seed={seed(property, key)} onMade={onMade} />
          </li>
        ))}
      </ul>
    </Card>
  );
}
