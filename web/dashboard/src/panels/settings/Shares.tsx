// Who sees the dashboard without an account: everybody, or those with a link.
import { useState } from 'preact/hooks';
import { useServices } from '../../context';
import { text, useSubmit } from '../../form';
import { asApiError } from '../../load';
import type { Share, ShareCreated } from '../../openapi';
import type { SitePageProps } from '../../page';
import { toast } from '../../toast';
import { Card } from '../Card';
import { FormError, Select, Switch } from '../Field';
import { Table, type Column } from '../Table';
import { AskFirst } from './AskFirst';
import { Listed } from './Listed';
import { moment, zoneNote } from './moment';
import { Once } from './Once';
import { useLatest } from './use-latest';

const periods = ['24h', '7d', '30d', '90d', '365d'];
const usual = ['7d', '30d', '90d'];

const lives = [
  { value: '', label: 'never' },
  { value: '1d', label: 'in a day' },
  { value: '7d', label: 'in 7 days' },
  { value: '30d', label: 'in 30 days' },
  { value: '90d', label: 'in 90 days' },
];

export function Shares({ site, reload }: SitePageProps) {
  const { api } = useServices();
  const path = `/api/sites/${site.id}/shares`;
  const list = useLatest(path, () => api.get<Share[]>(path));
  const [made, setMade] = useState<ShareCreated | null>(null);
  const { busy, error, onSubmit } = useSubmit(async (form) => {
    const expiresIn = text(form, 'expiresIn');
    const allowedPeriods = periods.filter((period) => form.has(`period-${period}`));
    setMade(await api.post<ShareCreated>(path, { allowedPeriods, expiresIn: expiresIn === '' ? null : expiresIn }));
    list.reload();
  });
  const setPublic = (on: boolean) =>
    void api.patch(`/api/sites/${site.id}`, { public: on }).then(
      () => {
        toast(on ? 'Everybody can see the numbers now.' : 'The numbers are private again.');
        reload();
      },
      (failure: unknown) => toast(asApiError(failure).message, 'bad'),
    );
  const revoke = async (share: Share) => {
    await api.erase(`${path}/${share.id}`);
    toast('The link works no more.');
    list.reload();
  };
  const columns: Column<Share>[] = [
    { key: 'made', label: 'Made', cell: ({ createdAt }) => moment(createdAt, site.timezone) },
    { key: 'periods', label: 'Periods', cell: ({ allowedPeriods }) => allowedPeriods.join(', ') },
    {
      key: 'ends',
      label: 'Ends',
      cell: ({ expiresAt }) => (expiresAt ? moment(expiresAt, site.timezone) : 'never'),
    },
    {
      key: 'actions',
      label: '',
      cell: (share) => (
        <div class="row-actions">
          <AskFirst
            label="Revoke"
            name={`Revoke the link of ${moment(share.createdAt, site.timezone)}`}
            title="Revoke this link?"
            action="Revoke the link"
            run={() => revoke(share)}
          >
            <p>Who opens it is told that it has ended.</p>
          </AskFirst>
        </div>
      ),
    },
  ];
  return (
    <>
      <Card title="Public dashboard">
        <Switch
          label="Everybody may see the numbers of this site"
          hint="Read-only, without an account."
          checked={site.public}
          onChange={setPublic}
        />
        {site.public && (
          <p class="card-text">
            <a href={`/public/${site.id}`}>Open the public dashboard</a>
          </p>
        )}
      </Card>
      <Card title="Share links" hint="Each opens a read-only dashboard for those who have it.">
        <Listed list={list} empty="No link yet.">
          {(rows) => (
            <>
              <Table caption="Links that work" columns={columns} rows={rows} rowKey={({ id }) => id} />
              <p class="soft card-text">{zoneNote(site.timezone)}</p>
            </>
          )}
        </Listed>
        <form onSubmit={onSubmit}>
          <fieldset class="checks">
            <legend>Periods it may show</legend>
            {periods.map((period) => (
              <label key={period}>
                <input type="checkbox" name={`period-${period}`} defaultChecked={usual.includes(period)} />
                {period}
              </label>
            ))}
          </fieldset>
          <Select label="It ends" name="expiresIn" value="" options={lives} />
          <FormError error={error} />
          <button type="submit" class="button" disabled={busy}>
            Make a link
          </button>
        </form>
      </Card>
      {made && (
        <Once
          title="Your link"
          secret={made.url}
          note="Copy it now: the server keeps only a hash and cannot show it again."
          onClose={() => setMade(null)}
        />
      )}
    </>
  );
}
