// The alerts as sentences, each with its switch, a test message, change and deletion.
import { useState } from 'preact/hooks';
import { now } from '../../clock';
import { useServices } from '../../context';
import { ago, plural } from '../../format';
import type * as api from '../../openapi';
import { can } from '../../roles';
import { toast } from '../../toast';
import type { Site } from '../../types';
import { Confirm } from '../Dialog';
import { Switch } from '../Field';
import { metricChoices, ruleOf, sentence, type Alert, type Named } from './alert';

interface Props {
  site: Site;
  alerts: Alert[];
  goals: Named[];
  funnels: Named[];
  change: (alert: Alert) => void;
  reload: () => void;
  /** While it is being deleted nothing more is asked about it. */
  hide: (id: string, hidden: boolean) => void;
}

function testWords({ results }: api.AlertTest): string {
  return results
    .map(({ channel, success, error }) => `${channel}: ${success ? 'sent' : (error ?? 'failed')}`)
    .join(' · ');
}

function Tools({ alert, change, reload, hide }: Pick<Props, 'change' | 'reload' | 'hide'> & { alert: Alert }) {
  const { api } = useServices();
  const [result, setResult] = useState<{ text: string; good: boolean } | null>(null);
  const [busy, setBusy] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const act = async (run: () => Promise<void>) => {
    setBusy(true);
    await run().catch((error: Error) => toast(error.message, 'bad'));
    setBusy(false);
  };
  const test = () =>
    act(async () => {
      const answer = await api.post<api.AlertTest>(`/api/alerts/${alert.id}/test`);
      setResult({ text: testWords(answer), good: answer.success });
    });
  const remove = () =>
    act(async () => {
      hide(alert.id, true);
      await api.erase(`/api/alerts/${alert.id}`).catch((error: unknown) => {
        hide(alert.id, false);
        throw error;
      });
      toast(`${alert.name} was deleted.`);
    });
  return (
    <div class="alert-tools">
      <Switch
        label="On"
        checked={alert.enabled}
        disabled={busy}
        onChange={(enabled) =>
          void act(async () => {
            await api.patch(`/api/alerts/${alert.id}`, { enabled });
            reload();
          })
        }
      />
      <span class="grow" />
      <button type="button" class="button quiet small" disabled={busy} onClick={() => void test()}>
        Send test
      </button>
      <button type="button" class="button quiet small" onClick={() => change(alert)}>
        Change
      </button>
      <button type="button" class="button quiet small" onClick={() => setDeleting(true)}>
        Delete
      </button>
      <p class="alert-result" role="status" data-good={result?.good ?? true}>
        {result?.text}
      </p>
      {deleting && (
        <Confirm
          title={`Delete ${alert.name}?`}
          action="Delete the alert"
          busy={busy}
          onConfirm={() => void remove()}
          onClose={() => setDeleting(false)}
        >
          <p>Its history goes with it. To pause it, switch it off instead.</p>
        </Confirm>
      )}
    </div>
  );
}

export function AlertList({ site, alerts, goals, funnels, change, reload, hide }: Props) {
  const choices = metricChoices(goals, funnels);
  return (
    <ul class="alerts">
      {alerts.map((alert) => (
        <li key={alert.id} class="alert" data-off={!alert.enabled}>
          <h3>
            <bdi>{alert.name}</bdi>
          </h3>
          <p>
            <bdi>{sentence(ruleOf(alert), choices)}</bdi>, tell it by {alert.notifications.join(', ')}.
          </p>
          <p class="soft">
            {alert.lastTriggered
              ? `Fired ${plural(alert.triggerCount, 'time')}, last ${ago(now.value - Date.parse(alert.lastTriggered))}.`
              : 'It has not fired yet.'}
            {!alert.enabled && ' It is off.'}
          </p>
          {can(site.role, 'admin') && <Tools alert={alert} change={change} reload={reload} hide={hide} />}
        </li>
      ))}
    </ul>
  );
}
