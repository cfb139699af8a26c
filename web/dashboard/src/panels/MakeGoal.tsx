// "Make this a goal": one click on a page or event seen.
import { useState } from 'preact/hooks';
import { useServices } from '../context';
import { can } from '../roles';
import { sitePath } from '../route';
import { toast } from '../toast';
import type { Site } from '../types';

export type GoalSeed = { type: 'pageview'; path: string } | { type: 'event'; eventAction: string };

const NAME_CHARACTERS = 100;

interface Props {
  site: Site;
  seed: GoalSeed;
  /** Told after it was made; without it a link leads to the goals. */
  onMade?: () => void;
}

export function MakeGoal({ site, seed, onMade }: Props) {
  const { api } = useServices();
  const [state, setState] = useState<'idle' | 'busy' | 'done'>('idle');
  if (!can(site.role, 'admin')) return null;
  const make = async () => {
    setState('busy');
    const seen = seed.type === 'pageview' ? `Visit ${seed.path}` : seed.eventAction;
    try {
      await api.post('/api/goals', { siteId: site.id, name: [...seen].slice(0, NAME_CHARACTERS).join(''), ...seed });
      setState('done');
      toast('It is a goal now. What happened before is being counted, too.');
      onMade?.();
    } catch (error) {
      setState('idle');
      toast((error as Error).message, 'bad');
    }
  };
  if (state === 'done') return <a href={sitePath(site.id, 'goals')}>See the goal</a>;
  return (
    <button type="button" class="button quiet" disabled={state === 'busy'} onClick={() => void make()}>
      Make this a goal
    </button>
  );
}
