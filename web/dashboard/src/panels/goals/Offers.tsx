// Pages and events seen that are no goals yet: each becomes one with a click.
import { count } from '../../format';
import { keyOf, metric } from '../../query';
import type { Site } from '../../types';
import { useQueries } from '../../use-query';
import type { Looking } from '../../view';
import { Card } from '../Card';
import { MakeGoal, type GoalSeed } from '../MakeGoal';
import { Empty, SkeletonRows } from '../States';
import { isGoal, type Goal } from './goal';

const OFFERED = 5;

interface Props {
  site: Site;
  look: Looking;
  goals: Goal[];
  onMade: () => void;
}

export function Offers({ site, look, goals, onMade }: Props) {
  const list = (id: 'page' | 'event') => ({ id, property: id, metrics: ['visitors'], limit: 50, ...look.query });
  const { answers } = useQueries(site.id, [list('event'), list('page')]);
  const rows = (['event', 'page'] as const).flatMap((property) =>
    (answers?.[property]?.results ?? [])
      .map((row) => ({ property, key: keyOf(row, property), visitors: metric(row, 'visitors') }))
      .filter(({ key }) => key !== '(other)')
      .filter(({ key }) => !isGoal(goals, property === 'page' ? { path: key } : { eventAction: key }))
      .slice(0, OFFERED),
  );
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
      {answers && rows.length === 0 && <Empty>Everything that was seen is a goal already.</Empty>}
      <ul>
        {rows.map(({ property, key, visitors }) => (
          <li key={`${property} ${key}`} class="offer">
            <span class="offer-what">
              <small class="soft">{property === 'page' ? 'Page' : 'Event'}</small>{' '}
              <bdi class={property === 'page' ? 'mono' : ''}>{key}</bdi>
            </span>
            <span class="soft">{count(visitors)}</span>
            <MakeGoal site={site} seed={seed(property, key)} onMade={onMade} />
          </li>
        ))}
      </ul>
    </Card>
  );
}
