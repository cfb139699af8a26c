// Funnels: their list with rates, the builder, and one of them in detail.
import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { useServices } from '../context';
import { count, percent } from '../format';
import { useTopic } from '../live';
import type { SitePageProps } from '../page';
import { AsOf } from '../panels/AsOf';
import { Card } from '../panels/Card';
import { Confirm } from '../panels/Dialog';
import type { Funnel } from '../panels/funnels/funnel';
import { FunnelDetail } from '../panels/funnels/FunnelDetail';
import { FunnelForm } from '../panels/funnels/FunnelForm';
import '../panels/funnels/funnels.css';
import { Way } from '../panels/funnels/Way';
import type { GoalsTopic } from '../panels/goals/goal';
import { Backfill } from '../panels/goals/GoalTable';
import '../panels/goals/goals.css';
import { Empty, Failure, SkeletonRows } from '../panels/States';
import { Table } from '../panels/Table';
import { can } from '../roles';
import { toast } from '../toast';
import { useReport, useTick } from '../use-report';

type Progress = number | null | undefined;

function OneFunnel({ funnel, progress, reload, ...props }: SitePageProps & { funnel: Funnel; progress: Progress }) {
  const { site, look } = props;
  const { api } = useServices();
  const { route } = useLocation();
  const [asking, ask] = useState<'change' | 'delete' | null>(null);
  const [error, setError] = useState<string | null>(null);
  const list = look.href({ more: {} });
  const remove = async () => {
    try {
      await api.erase(`/api/funnels/${funnel.id}`);
      toast(`${funnel.name} was deleted.`);
      route(list, true);
      reload();
    } catch (failure) {
      setError((failure as Error).message);
    }
  };
  return (
    <>
      <div class="page-head">
        <a class="back" href={list}>
          ← All funnels
        </a>
        <h2 class="path">
          <bdi>{funnel.name}</bdi>
        </h2>
        <Backfill progress={progress} name={funnel.name} />
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
      <FunnelDetail site={site} look={look} funnel={funnel} />
      {asking === 'change' && (
        <FunnelForm
          site={site}
          funnel={funnel}
          onClose={(made) => {
            ask(null);
            if (made) reload();
          }}
        />
      )}
      {asking === 'delete' && (
        <Confirm
          title={`Delete ${funnel.name}?`}
          action="Delete the funnel"
          error={error}
          onConfirm={() => void remove()}
          onClose={() => ask(null)}
        >
          <p>The events stay: a new funnel like it shows the same numbers.</p>
        </Confirm>
      )}
    </>
  );
}

interface ListProps {
  list: Funnel[];
  progress: (funnel: Funnel) => Progress;
  href: (funnel: Funnel) => string;
}

function List({ list, progress, href }: ListProps) {
  return (
    <Table
      caption="All funnels"
      columns={[
        {
          key: 'name',
          label: 'Funnel',
          cell: (funnel) => (
            <>
              <a class="row-link funnel-name" href={href(funnel)}>
                <bdi>{funnel.name}</bdi>
              </a>
              <small class="soft goal-words">
                <Way path={funnel.steps.map(({ name }) => name)} />
              </small>
              <Backfill progress={progress(funnel)} name={funnel.name} />
            </>
          ),
        },
        {
          key: 'began',
          label: 'Began',
          hint: 'Visitors who took the first step.',
          numeric: true,
          cell: ({ totalVisitors }) => count(totalVisitors),
        },
        {
          key: 'done',
          label: 'Completed',
          hint: 'Visitors who took all steps in order, within the time.',
          numeric: true,
          cell: ({ completions }) => count(completions),
        },
        {
          key: 'rate',
          label: 'Rate',
          hint: 'Share of those who began.',
          numeric: true,
          cell: ({ conversionRate }) => percent(conversionRate),
        },
      ]}
      rows={list}
      rowKey={({ id }) => id}
      share={({ conversionRate }) => conversionRate / 100}
    />
  );
}

export default function FunnelsPage(props: SitePageProps) {
  const { site, look } = props;
  const { api } = useServices();
  const { route } = useLocation();
  const [making, setMaking] = useState(false);
  const [round, setRound] = useState(0);
  const reload = () => setRound((n) => n + 1);
  const topic = useTopic<GoalsTopic>('goals', site.id).data.value;
  const running = Object.keys(topic?.backfill ?? {})
    .sort()
    .join();
  const { vs: _, a: __, b: ___, funnel: chosenId, ...more } = look.view.more;
  const tick = useTick(site.id, look);
  const params = { siteId: site.id, ...look.rest };
  const funnels = useReport(JSON.stringify(params), tick + round, () => api.get<Funnel[]>('/api/funnels', params));
  useEffect(() => {
    if (topic) reload();
  }, [running]);
  const list = funnels.data;
  const progress = (funnel: Funnel): Progress => topic?.backfill[funnel.id] ?? funnel.backfillProgress;
  const href = (funnel: Funnel) => look.href({ more: { ...more, funnel: funnel.id } });
  const chosen = list?.find(({ id }) => id === chosenId);
  if (chosen) {
    return <OneFunnel key={chosen.id} {...props} funnel={chosen} progress={progress(chosen)} reload={reload} />;
  }
  const admin = can(site.role, 'admin');
  return (
    <>
      <Card
        title="Funnels"
        hint="Steps in order, and where visitors leave the way."
        unit={list && list.length > 0 && <AsOf at={funnels.at} zone={site.timezone} />}
        actions={
          admin && (
            <button type="button" class="button small" onClick={() => setMaking(true)}>
              New funnel
            </button>
          )
        }
      >
        {funnels.error && <Failure error={funnels.error} retry={funnels.retry} />}
        {!list && !funnels.error && <SkeletonRows count={5} />}
        {list?.length === 0 && (
          <Empty>
            No funnel yet. {admin ? 'Build one from pages, events and goals.' : 'An admin or the owner builds them.'}
          </Empty>
        )}
        {list && list.length > 0 && (
          <div data-stale={funnels.stale}>
            <List list={list} progress={progress} href={href} />
          </div>
        )}
      </Card>
      {making && (
        <FunnelForm
          site={site}
          funnel={null}
          onClose={(made) => {
            setMaking(false);
            if (!made) return;
            reload();
            route(href(made));
          }}
        />
      )}
    </>
  );
}
