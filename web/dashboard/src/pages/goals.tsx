// Goals: how many reached them, live; one of them in detail; what was seen becomes one with a click.
import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { Api } from '../api';
import { useServices } from '../context';
import { asApiError } from '../load';
import { useTopic } from '../live';
import type { SitePageProps } from '../page';
import { Card } from '../panels/Card';
import { Confirm } from '../panels/Dialog';
import { GoalDetail } from '../panels/goals/GoalDetail';
import { GoalForm } from '../panels/goals/GoalForm';
import { Backfill, GoalTable } from '../panels/goals/GoalTable';
import { Live } from '../panels/goals/Live';
import { Offers } from '../panels/goals/Offers';
import type { Goal, GoalsTopic } from '../panels/goals/goal';
import '../panels/goals/goals.css';
import { Empty, Failure, SkeletonRows } from '../panels/States';
import { can } from '../roles';
import { toast } from '../toast';
import { useReport } from '../use-report';

/** Why a goal stays: a funnel that uses it is told by its name. */
async function refusal(api: Api, failure: unknown): Promise<string> {
  const { status, message } = asApiError(failure);
  const id = status === 409 ? /funnel_\w+/.exec(message)?.[0] : undefined;
  if (!id) return message;
  const funnel = await api.get<{ name: string }>(`/api/funnels/${id}`).catch(() => ({ name: id }));
  return `The funnel “${funnel.name}” has it as a step. Take the step out of the funnel first.`;
}

interface OneProps extends SitePageProps {
  goal: Goal;
  backfill: number | null | undefined;
  /** It is deleted: no more is asked about it. */
  forget: (id: string) => void;
}

function OneGoal({ goal, reload, forget, ...props }: OneProps) {
  const { site, look, backfill } = props;
  const { api } = useServices();
  const { route } = useLocation();
  const [asking, ask] = useState<'change' | 'delete' | null>(null);
  const [error, setError] = useState<string | null>(null);
  const list = look.href({ more: {} });
  const remove = async () => {
    try {
      await api.erase(`/api/goals/${goal.id}`);
      toast(`${goal.name} was deleted.`);
      forget(goal.id);
      route(list, true);
    } catch (failure) {
      setError(await refusal(api, failure));
    }
  };
  return (
    <>
      <div class="page-head">
        <a class="back" href={list}>
          ← All goals
        </a>
        <h2 class="path">
          <bdi>{goal.name}</bdi>
        </h2>
        <Backfill progress={backfill ?? goal.backfillProgress} name={goal.name} />
        <span class="grow" />
        {can(site.role, 'admin') && (
          <>
            <button type="button" class="button quiet" onClick={() => ask('change')}>
              Change
            </button>
            <button type="button" class="button quiet" onClick={() => ask('delete')}>
              Delete
            </button>
          </>
        )}
      </div>
      <GoalDetail site={site} look={look} goal={goal} />
      {asking === 'change' && (
        <GoalForm
          site={site}
          goal={goal}
          onClose={(changed) => {
            ask(null);
            if (changed) reload();
          }}
        />
      )}
      {asking === 'delete' && (
        <Confirm
          title={`Delete ${goal.name}?`}
          action="Delete the goal"
          error={error}
          onConfirm={() => void remove()}
          onClose={() => ask(null)}
        >
          <p>Its numbers go with it. The events stay, so a new goal like it counts the same again.</p>
        </Confirm>
      )}
    </>
  );
}

export default function GoalsPage(props: SitePageProps) {
  const { site, look } = props;
  const { api } = useServices();
  const [making, setMaking] = useState(false);
  const [gone, setGone] = useState<string[]>([]);
  const [round, setRound] = useState(0);
  const reload = () => setRound((n) => n + 1);
  const topic = useTopic<GoalsTopic>('goals', site.id).data.value;
  const backfill = topic?.backfill ?? {};
  const running = Object.keys(backfill).sort().join();
  const goals = useReport(site.id, round, () => api.get<Goal[]>('/api/goals', { siteId: site.id }));
  // A goal that another page made, or whose past is counted now, shows as soon as the server tells of it.
  useEffect(() => {
    if (topic) reload();
  }, [running]);
  const list = goals.data?.filter(({ id }) => !gone.includes(id));
  const chosen = list?.find(({ id }) => id === look.view.more['goal']);
  if (chosen)
    return (
      <OneGoal
        {...props}
        goal={chosen}
        reload={reload}
        backfill={backfill[chosen.id]}
        forget={(id) => setGone([...gone, id])}
      />
    );
  const admin = can(site.role, 'admin');
  const add = (
    <button type="button" class="button small" onClick={() => setMaking(true)}>
      New goal
    </button>
  );
  return (
    <div class="grid">
      <Card
        title="Goals"
        hint="What visitors should do: see a page, do something, stay a while."
        area="a-summary"
        actions={admin && add}
      >
        {goals.error && !list && <Failure error={goals.error} retry={goals.retry} />}
        {!list && !goals.error && <SkeletonRows count={5} />}
        {list?.length === 0 && (
          <Empty>
            No goal yet.{' '}
            {admin ? 'Make one here or from what was seen.' : 'An admin or the owner of this site makes them.'}
          </Empty>
        )}
        {list && list.length > 0 && (
          <GoalTable
            site={site}
            look={look}
            goals={list}
            backfill={backfill}
            href={(goal) => look.href({ more: { goal: goal.id } })}
          />
        )}
      </Card>
      <Live items={topic?.items ?? []} />
      {admin && list && <Offers site={site} look={look} goals={list} onMade={reload} />}
      {making && (
        <GoalForm
          site={site}
          goal={null}
          onClose={(changed) => {
            setMaking(false);
            if (changed) reload();
          }}
        />
      )}
    </div>
  );
}
