// Makes or changes an alert: the rule as a sentence, what it would have done, and who is told.
import { useState } from 'preact/hooks';
import { useServices } from '../../context';
import { text, useSubmit } from '../../form';
import { sitePath } from '../../route';
import { toast } from '../../toast';
import type { Site } from '../../types';
import { Dialog } from '../Dialog';
import { Field, FormError } from '../Field';
import {
  channels,
  firstRule,
  metricChoices,
  ruleBody,
  ruleOf,
  sentence,
  type Alert,
  type Channel,
  type Named,
} from './alert';
import { PastData } from './PastData';
import { Sentence } from './Sentence';

interface Props {
  site: Site;
  /** The one to change; null: a new one. */
  alert: Alert | null;
  goals: Named[];
  funnels: Named[];
  onClose: (changed: boolean) => void;
}

function Channels({ site, chosen, set }: { site: Site; chosen: Channel[]; set: (chosen: Channel[]) => void }) {
  const slack = site.settings.slackWebhookUrl !== null;
  return (
    <fieldset class="channels">
      <legend>Tell it by</legend>
      {channels.map(({ value, label, hint }) => {
        const off = value === 'slack' && !slack && !chosen.includes('slack');
        return (
          <label key={value} class="channel">
            <input
              type="checkbox"
              checked={chosen.includes(value)}
              disabled={off}
              onChange={(event) =>
                set(event.currentTarget.checked ? [...chosen, value] : chosen.filter((one) => one !== value))
              }
            />
            <span>
              {label}
              <small class="soft">{off ? 'No address in the settings yet.' : hint}</small>
            </span>
          </label>
        );
      })}
      {!slack && (
        <p class="hint">
          Slack needs an address: <a href={sitePath(site.id, 'settings', 'general')}>Settings, General</a>.
        </p>
      )}
    </fieldset>
  );
}

export function AlertForm({ site, alert, goals, funnels, onClose }: Props) {
  const { api } = useServices();
  const [rule, setRule] = useState(alert ? ruleOf(alert) : firstRule);
  const [told, setTold] = useState<Channel[]>(alert?.notifications ?? ['email']);
  const metrics = metricChoices(goals, funnels);
  const words = sentence(rule, metrics);
  const { busy, error, onSubmit } = useSubmit(async (form) => {
    const name = text(form, 'name').trim() || [...words].slice(5, 105).join('');
    const body = { name, ...ruleBody(rule), notifications: told };
    if (alert) await api.patch(`/api/alerts/${alert.id}`, body);
    else await api.post('/api/alerts', { siteId: site.id, ...body });
    toast(alert ? 'The alert was changed.' : 'The alert watches from now on.');
    onClose(true);
  });
  return (
    <Dialog title={alert ? `Change ${alert.name}` : 'New alert'} wide onClose={() => onClose(false)}>
      <form onSubmit={onSubmit}>
        <Sentence rule={rule} metrics={metrics} change={(part) => setRule({ ...rule, ...part })} />
        <PastData site={site} rule={rule} />
        <Channels site={site} chosen={told} set={setTold} />
        <Field label="Name (optional)" hint={`Without one: ${words.slice(5)}`}>
          {(ids) => <input {...ids} name="name" maxLength={100} defaultValue={alert?.name ?? ''} autocomplete="off" />}
        </Field>
        <FormError error={error} />
        <button type="submit" class="button wide" disabled={busy}>
          {alert ? 'Change' : 'Watch it'}
        </button>
      </form>
    </Dialog>
  );
}
