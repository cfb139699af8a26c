// Alerts: rules as sentences, what they would have done, who is told, and what has fired, live.
import { useEffect, useState } from 'preact/hooks';
import { useServices } from '../context';
import { useTopic } from '../live';
import type { SitePageProps } from '../page';
import { Card } from '../panels/Card';
import type { Alert, Firing, Named } from '../panels/alerts/alert';
import { AlertForm } from '../panels/alerts/AlertForm';
import { AlertList } from '../panels/alerts/AlertList';
import { History } from '../panels/alerts/History';
import '../panels/alerts/alerts.css';
import { Empty, Failure, SkeletonRows, StreamFailure } from '../panels/States';
import { can } from '../roles';
import { useReport } from '../use-report';

interface Shown {
  alerts: Alert[];
  goals: Named[];
  funnels: Named[];
}

export default function AlertsPage({ site }: SitePageProps) {
  const { api } = useServices();
  const [editing, edit] = useState<Alert | 'new' | null>(null);
  const [gone, setGone] = useState<string[]>([]);
  const [round, setRound] = useState(0);
  const reload = () => setRound((n) => n + 1);
  const topic = useTopic<{ items: Firing[] }>('alerts', site.id);
  const latest = topic.data.value?.items ?? null;
  const siteId = { siteId: site.id };
  const report = useReport<Shown>(site.id, round, async () => {
    const [alerts, goals, funnels] = await Promise.all([
      api.get<Alert[]>('/api/alerts', siteId),
      api.get<Named[]>('/api/goals', siteId),
      api.get<Named[]>('/api/funnels', siteId),
    ]);
    return { alerts, goals, funnels };
  });
  const { error, retry } = report;
  const data = report.data && { ...report.data, alerts: report.data.alerts.filter(({ id }) => !gone.includes(id)) };
  // A firing changes when its alert fired last.
  useEffect(() => {
    if (data) reload();
  }, [latest?.[0]?.id]);
  const admin = can(site.role, 'admin');
  return (
    <div class="grid">
      <Card
        title="Alerts"
        hint="Judged within a second of the event that makes them true."
        area="a-half"
        actions={
          admin && (
            <button type="button" class="button small" onClick={() => edit('new')}>
              New alert
            </button>
          )
        }
      >
        {error && <Failure error={error} retry={retry} />}
        {!data && !error && <SkeletonRows count={5} />}
        {data?.alerts.length === 0 && (
          <Empty>
            No alert yet. {admin ? 'Make one: it is a sentence.' : 'An admin or the owner of this site makes them.'}
          </Empty>
        )}
        {data && (
          <AlertList
            site={site}
            {...data}
            change={edit}
            reload={reload}
            hide={(id, hidden) => setGone((ids) => [...ids.filter((one) => one !== id), ...(hidden ? [id] : [])])}
          />
        )}
      </Card>
      <div class="a-half">
        <StreamFailure error={topic.error.value} />
        <History site={site} alerts={data?.alerts ?? []} latest={latest} />
      </div>
      {editing && data && (
        <AlertForm
          site={site}
          alert={editing === 'new' ? null : editing}
          goals={data.goals}
          funnels={data.funnels}
          onClose={(changed) => {
            edit(null);
            if (changed) reload();
          }}
        />
      )}
    </div>
  );
}
