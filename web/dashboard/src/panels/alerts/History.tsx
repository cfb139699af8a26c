// Every firing, newest first, and who has seen it: the latest of all alerts by push, all of one alert by pages.
import { useState } from 'preact/hooks';
import { now } from '../../clock';
import { useServices } from '../../context';
import { ago, percent } from '../../format';
import type * as api from '../../openapi';
import { can } from '../../roles';
import { toast } from '../../toast';
import type { Site } from '../../types';
import { useReport } from '../../use-report';
import { Card } from '../Card';
import { Empty, Failure, SkeletonRows } from '../States';
import { Pager } from '../Table';
import { shownValue, type Alert, type Firing } from './alert';

const ROWS = 20;

/** The value that fired, beside what it was measured against. */
function measured({ metric, value, baseline, changePercent, score, condition }: api.Trigger): string {
  const shown = shownValue(metric, value);
  if (baseline === null) return `${shown} (${condition})`;
  const against = `${shown}, before ${shownValue(metric, baseline)}`;
  if (changePercent !== null) return `${against} (${changePercent > 0 ? '+' : ''}${percent(changePercent)})`;
  return `${shown}, usually ${shownValue(metric, baseline)}${score === undefined ? '' : ` (${score.toFixed(1)} σ)`}`;
}

interface RowProps {
  firing: Firing;
  names: Record<string, string>;
  acknowledge: ((firing: Firing) => void) | null;
}

function Row({ firing, names, acknowledge }: RowProps) {
  const by = firing.acknowledgedBy ? (names[firing.acknowledgedBy] ?? 'somebody who left') : 'a deleted account';
  return (
    <li class="firing" data-acknowledged={firing.acknowledged}>
      <span class="feed-what">
        <b>
          <bdi>{firing.alertName}</bdi>
        </b>
        <small class="soft firing-words">{measured(firing)}</small>
        <small class="soft firing-words">
          {ago(now.value - Date.parse(firing.triggeredAt))}
          {firing.notificationsSent.length > 0 && ` · told by ${firing.notificationsSent.join(', ')}`}
        </small>
      </span>
      {firing.acknowledged ? (
        <span class="soft firing-seen">Seen by {by}</span>
      ) : (
        acknowledge && (
          <button type="button" class="button quiet small" onClick={() => acknowledge(firing)}>
            Acknowledge
          </button>
        )
      )}
    </li>
  );
}

interface Props {
  site: Site;
  alerts: Alert[];
  /** The latest of all alerts; null until the server has told. */
  latest: Firing[] | null;
}

function useNames(site: Site): Record<string, string> {
  const { api } = useServices();
  const team = useReport(`team ${site.id}`, 0, () =>
    api.get<(api.Member | api.PendingMember)[]>('/api/teams', { siteId: site.id }),
  );
  return Object.fromEntries((team.data ?? []).map(({ id, name, email }) => [id, name ?? email]));
}

export function History({ site, alerts, latest }: Props) {
  const { api } = useServices();
  const [alertId, setAlertId] = useState('');
  const [offset, setOffset] = useState(0);
  const names = useNames(site);
  const version = latest?.map(({ id, acknowledged }) => `${id}${acknowledged}`).join() ?? '';
  const alert = alerts.find(({ id }) => id === alertId);
  const page = useReport(alert ? JSON.stringify([alertId, offset, version]) : '', 0, () =>
    api.list<api.Trigger>(`/api/alerts/${alertId}/history`, { limit: ROWS, offset }),
  );
  const ofOne = page.data?.data.map((trigger) => ({ ...trigger, alertId, alertName: alert?.name ?? '' })) ?? null;
  const firings = alert ? ofOne : latest;
  const acknowledge = (firing: Firing) =>
    void api
      .post(`/api/alerts/${firing.alertId}/acknowledge`, { triggerId: firing.id })
      .catch((error: Error) => toast(error.message, 'bad'));
  return (
    <Card title="History" hint="Every firing. Acknowledge it, so that others know somebody looked." area="a-half">
      <div class="list-tools">
        <select
          class="select"
          aria-label="Alert"
          value={alertId}
          onChange={(event) => {
            setAlertId(event.currentTarget.value);
            setOffset(0);
          }}
        >
          <option value="">The latest of all alerts</option>
          {alerts.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </div>
      {page.error && alert && <Failure error={page.error} retry={page.retry} />}
      {!firings && !page.error && <SkeletonRows count={4} />}
      {firings?.length === 0 && <Empty>Nothing has fired. What does shows here within a second.</Empty>}
      <ol aria-live="polite">
        {firings?.map((firing) => (
          <Row
            key={firing.id}
            firing={firing}
            names={names}
            acknowledge={can(site.role, 'member') ? acknowledge : null}
          />
        ))}
      </ol>
      {alert && <Pager offset={offset} limit={ROWS} total={page.data?.pagination?.total ?? 0} onMove={setOffset} />}
    </Card>
  );
}
