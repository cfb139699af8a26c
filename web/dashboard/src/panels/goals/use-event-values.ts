// What the completions of event goals are worth: their events may bring values of their own, which only the goals' reports add up.
import { useEffect, useRef, useState } from 'preact/hooks';
import { useServices } from '../../context';
import type * as api from '../../openapi';
import type { Site } from '../../types';
import { useTick } from '../../use-report';
import type { Looking } from '../../view';
import { inLots } from './lots';

/** One call a goal: the more there are, the rarer, so that a user's 1,000 calls an hour suffice. */
const VALUE_EVERY_MS = 12_000;
const SOONEST_MS = 60_000;

/** The value by goal id, of those that have answered; ids: of goals that were completed in the period. */
export function useEventValues(site: Site, look: Looking, ids: string[]): Record<string, number> {
  const { api } = useServices();
  const tick = useTick(site.id, look, Math.max(SOONEST_MS, ids.length * VALUE_EVERY_MS));
  const key = JSON.stringify([site.id, look.rest]);
  const [known, setKnown] = useState<{ of: string; values: Record<string, number> }>({ of: '', values: {} });
  const asked = useRef('');
  useEffect(() => {
    let wanted = true;
    const round = `${key} ${tick}`;
    const fresh = asked.current === round && known.of === key ? known.values : {};
    asked.current = round;
    void inLots(
      ids.filter((id) => !(id in fresh)), // a goal that is completed for the first time does not ask for the others
      async (id) =>
        (await api.get<api.GoalReport>(`/api/goals/${id}/stats`, { ...look.rest, limit: 1 })).stats.totalValue,
      (values) => setKnown((old) => ({ of: key, values: { ...(old.of === key ? old.values : {}), ...values } })),
      () => wanted,
    );
    return () => {
      wanted = false;
    };
  }, [key, tick, ids.join()]);
  return known.of === key ? known.values : {};
}
