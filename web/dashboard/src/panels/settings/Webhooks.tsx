// Webhooks: what is sent where, with a log of every message.
import { useState } from 'preact/hooks';
import { now } from '../../clock';
import { useServices } from '../../context';
import { text, useSubmit } from '../../form';
import { ago } from '../../format';
import { asApiError } from '../../load';
import type { NewSecret, Webhook, WebhookCreated, WebhookTest } from '../../openapi';
import type { SitePageProps } from '../../page';
import { can } from '../../roles';
import { toast } from '../../toast';
import type { Site } from '../../types';
import { Card } from '../Card';
import { Dialog } from '../Dialog';
import { Field, FormError, Switch } from '../Field';
import { AskFirst } from './AskFirst';
import { Deliveries } from './Deliveries';
import { Listed } from './Listed';
import { Once } from './Once';
import { useLatest } from './use-latest';

const events = [
  { key: 'pageview', label: 'pageview' },
  { key: 'event', label: 'custom event' },
  { key: 'goal', label: 'goal' },
  { key: 'session_end', label: 'end of a visit' },
  { key: 'alert', label: 'alert' },
  { key: 'activity', label: 'activity (owner)' },
];

interface FormProps {
  site: Site;
  webhook: Webhook | null;
  onClose: (secret: string | null, changed: boolean) => void;
}

function WebhookForm({ site, webhook, onClose }: FormProps) {
  const { api } = useServices();
  const { busy, error, onSubmit } = useSubmit(async (form) => {
    const description = text(form, 'description').trim();
    const fields = {
      url: text(form, 'url'),
      events: events.map(({ key }) => key).filter((key) => form.has(`on-${key}`)),
      description: description === '' ? null : description,
      active: form.has('active'),
    };
    if (webhook) {
      await api.patch(`/api/webhooks/${webhook.id}`, fields);
      toast('The webhook was changed.');
      return onClose(null, true);
    }
    const made = await api.post<WebhookCreated>('/api/webhooks', { siteId: site.id, ...fields });
    return onClose(made.secret, true);
  });
  return (
    <Dialog title={webhook ? 'Change the webhook' : 'New webhook'} onClose={() => onClose(null, false)}>
      <form onSubmit={onSubmit}>
        <Field label="URL" hint="Where each message is posted to; https.">
          {(ids) => (
            <input
              {...ids}
              name="url"
              type="url"
              required
              maxLength={2048}
              defaultValue={webhook?.url ?? ''}
              placeholder="https://hooks.example.com/ztas"
            />
          )}
        </Field>
        <fieldset class="checks">
          <legend>Sent on</legend>
          {events
            .filter(({ key }) => key !== 'activity' || can(site.role, 'owner'))
            .map(({ key, label }) => (
              <label key={key}>
                <input
                  type="checkbox"
                  name={`on-${key}`}
                  defaultChecked={webhook ? (webhook.events as string[]).includes(key) : key === 'goal'}
                />
                {label}
              </label>
            ))}
        </fieldset>
        <Field label="Description (optional)">
          {(ids) => <input {...ids} name="description" maxLength={200} defaultValue={webhook?.description ?? ''} />}
        </Field>
        <Switch label="Active" name="active" checked={webhook?.active ?? true} />
        <FormError error={error} />
        <button type="submit" class="button wide" disabled={busy}>
          {webhook ? 'Save' : 'Make the webhook'}
        </button>
      </form>
    </Dialog>
  );
}

function State({ webhook }: { webhook: Webhook }) {
  if (!webhook.active)
    return (
      <span class="tag" data-tone="bad">
        {webhook.disabledReason === 'gone'
          ? 'off: the receiver is gone'
          : webhook.disabledReason === 'failures'
            ? 'off after failures'
            : 'off'}
      </span>
    );
  if (webhook.consecutiveFailures > 0)
    return (
      <span class="tag" data-tone="warn">
        {webhook.consecutiveFailures} failed in a row
      </span>
    );
  return (
    <span class="tag" data-tone="good">
      active
    </span>
  );
}

interface OneProps {
  site: Site;
  webhook: Webhook;
  change: () => void;
  reload: () => void;
  showSecret: (secret: string) => void;
}

function OneWebhook({ site, webhook, change, reload, showSecret }: OneProps) {
  const { api } = useServices();
  const [open, setOpen] = useState(false);
  const [testing, setTesting] = useState(false);
  const path = `/api/webhooks/${webhook.id}`;
  const test = async () => {
    setTesting(true);
    try {
      const result = await api.post<WebhookTest>(`${path}/test`);
      if (result.success) toast(`The receiver answered ${result.status} in ${result.durationMs} ms.`);
      else toast(`The test failed: ${result.error ?? result.status}.`, 'bad');
    } catch (error) {
      toast(asApiError(error).message, 'bad');
    }
    setTesting(false);
    reload();
  };
  const rotate = async () => {
    showSecret((await api.post<NewSecret>(`${path}/rotate-secret`)).secret);
  };
  const remove = async () => {
    await api.erase(path);
    toast('The webhook was deleted.');
    reload();
  };
  return (
    <Card title={webhook.description ?? new URL(webhook.url).host} actions={<State webhook={webhook} />}>
      <dl class="facts">
        <dt>URL</dt>
        <dd class="mono">
          <bdi>{webhook.url}</bdi>
        </dd>
        <dt>Sent on</dt>
        <dd>{webhook.events.join(', ')}</dd>
        <dt>Last message</dt>
        <dd>
          {webhook.lastTriggered
            ? `${ago(now.value - Date.parse(webhook.lastTriggered))}, answered ${webhook.lastStatus ?? 'nothing'}`
            : 'none yet'}
        </dd>
      </dl>
      <div class="card-tools">
        <button type="button" class="button quiet small" disabled={testing} onClick={() => void test()}>
          Send test
        </button>
        <button
          type="button"
          class="button quiet small"
          aria-expanded={open}
          onClick={() => setOpen((shown) => !shown)}
        >
          Deliveries
        </button>
        <button type="button" class="button quiet small" onClick={change}>
          Change
        </button>
        <AskFirst label="New secret" title="Make a new secret?" action="Make a new secret" run={rotate}>
          <p>For 24 hours messages carry both signatures, so the receiver can change over without a gap.</p>
        </AskFirst>
        <AskFirst label="Delete" title="Delete this webhook?" action="Delete the webhook" run={remove}>
          <p>Queued messages and the log go with it.</p>
        </AskFirst>
      </div>
      {open && <Deliveries webhookId={webhook.id} zone={site.timezone} refreshed={reload} />}
    </Card>
  );
}

export function Webhooks({ site }: SitePageProps) {
  const { api } = useServices();
  const list = useLatest(`webhooks ${site.id}`, () => api.get<Webhook[]>('/api/webhooks', { siteId: site.id }));
  const [form, setForm] = useState<Webhook | 'new' | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const add = (
    <button type="button" class="button small" onClick={() => setForm('new')}>
      New webhook
    </button>
  );
  return (
    <>
      <Card title="Webhooks" hint="Signed messages to your own server when something happens." actions={add}>
        <p class="soft card-text">At least once, in no promised order, signed by the Standard Webhooks scheme.</p>
        <Listed list={list} empty="No webhook yet.">
          {() => null}
        </Listed>
      </Card>
      {list.data?.map((webhook) => (
        <OneWebhook
          key={webhook.id}
          site={site}
          webhook={webhook}
          change={() => setForm(webhook)}
          reload={list.reload}
          showSecret={setSecret}
        />
      ))}
      {form && (
        <WebhookForm
          site={site}
          webhook={form === 'new' ? null : form}
          onClose={(made, changed) => {
            setForm(null);
            if (made) setSecret(made);
            if (changed) list.reload();
          }}
        />
      )}
      {secret && (
        <Once
          title="The signing secret"
          secret={secret}
          note="The receiver checks signatures with it. It is shown only now; a lost one is replaced by a new one."
          onClose={() => setSecret(null)}
        />
      )}
    </>
  );
}
