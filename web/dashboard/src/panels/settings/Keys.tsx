// API keys of the account: made for this site or for all, shown in full once, revoked at once.
import { useState } from 'preact/hooks';
import { now } from '../../clock';
import { useServices } from '../../context';
import { text, useSubmit } from '../../form';
import { ago } from '../../format';
import type { ApiKey } from '../../openapi';
import type { SitePageProps } from '../../page';
import { toast } from '../../toast';
import { Card } from '../Card';
import { Field, FormError, Select } from '../Field';
import { Table, type Column } from '../Table';
import { AskFirst } from './AskFirst';
import { Listed } from './Listed';
import { moment, zoneNote } from './moment';
import { Once } from './Once';
import { RenameKey } from './RenameKey';
import { useLatest } from './use-latest';

const scopes = [
  { value: 'read', label: 'read: statistics and lists' },
  { value: 'write', label: 'write: also events, goals, funnels, alerts, annotations' },
  { value: 'admin', label: 'admin: everything you may' },
];

const lives = [
  { value: '', label: 'never' },
  { value: '30', label: 'in 30 days' },
  { value: '90', label: 'in 90 days' },
  { value: '365', label: 'in a year' },
];

export function Keys({ site, sites }: SitePageProps) {
  const { api } = useServices();
  const list = useLatest('keys', () => api.get<ApiKey[]>('/api/api-keys'));
  const [made, setMade] = useState<ApiKey | null>(null);
  const [sent, setSent] = useState(0);
  const { busy, error, onSubmit } = useSubmit(async (form) => {
    const days = text(form, 'expiresIn');
    const key = await api.post<ApiKey>('/api/api-keys', {
      name: text(form, 'name'),
      scope: text(form, 'scope'),
      siteId: text(form, 'for') === 'all' ? null : site.id,
      expiresIn: days === '' ? null : Number(days),
    });
    setMade(key);
    setSent((n) => n + 1);
    list.reload();
  });
  const revoke = async (key: ApiKey) => {
    await api.erase(`/api/api-keys/${key.id}`);
    toast(`${key.name} was revoked.`);
    list.reload();
  };
  const siteName = (id: string | null) =>
    id === null ? 'all sites' : (sites.find((one) => one.id === id)?.name ?? id);
  const columns: Column<ApiKey>[] = [
    {
      key: 'name',
      label: 'Name',
      cell: ({ name, key }) => (
        <>
          <bdi>{name}</bdi>
          <span class="two mono">{key}</span>
        </>
      ),
    },
    {
      key: 'may',
      label: 'May',
      cell: ({ scope, siteId }) => (
        <>
          {scope}
          <span class="two">{siteName(siteId)}</span>
        </>
      ),
    },
    {
      key: 'used',
      label: 'Last used',
      cell: ({ lastUsed }) => (lastUsed ? ago(now.value - Date.parse(lastUsed)) : 'never'),
    },
    {
      key: 'ends',
      label: 'Ends',
      cell: ({ expiresAt }) =>
        expiresAt && Date.parse(expiresAt) < now.value ? (
          <span class="tag" data-tone="bad">
            expired
          </span>
        ) : (
          moment(expiresAt, site.timezone)
        ),
    },
    {
      key: 'actions',
      label: '',
      cell: (key) => (
        <div class="row-actions">
          <RenameKey of={key} onDone={list.reload} />
          <AskFirst
            label="Revoke"
            name={`Revoke ${key.name}`}
            title={`Revoke ${key.name}?`}
            action="Revoke the key"
            run={() => revoke(key)}
          >
            <p>The next request with it is refused. This cannot be undone.</p>
          </AskFirst>
        </div>
      ),
    },
  ];
  return (
    <>
      <Card title="API keys" hint="They act with your role, cut down by their scope.">
        <Listed list={list} empty="No key yet. Programs that read or send need one.">
          {(rows) => (
            <>
              <Table caption="Your keys" columns={columns} rows={rows} rowKey={({ id }) => id} />
              {rows.some(({ expiresAt }) => expiresAt) && <p class="soft card-text">{zoneNote(site.timezone)}</p>}
            </>
          )}
        </Listed>
      </Card>
      <Card title="New key">
        <form key={sent} onSubmit={onSubmit}>
          <Field label="Name" hint="What uses it.">
            {(ids) => <input {...ids} name="name" required maxLength={100} autocomplete="off" />}
          </Field>
          <Select label="It may" name="scope" value="read" options={scopes} />
          <Select
            label="Of"
            name="for"
            value="site"
            options={[
              { value: 'site', label: `${site.name} only` },
              { value: 'all', label: 'all my sites' },
            ]}
          />
          <Select label="It ends" name="expiresIn" value="" options={lives} />
          <FormError error={error} />
          <button type="submit" class="button" disabled={busy}>
            Make the key
          </button>
        </form>
        <p class="soft card-text">
          The whole API is described under <a href="/docs">/docs</a>.
        </p>
      </Card>
      {made && (
        <Once
          title={made.name}
          secret={made.key}
          note="Copy it now: the server keeps only a hash and cannot show it again."
          onClose={() => setMade(null)}
        />
      )}
    </>
  );
}
