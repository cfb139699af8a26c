// Sites that were deleted and are not purged yet: back, or gone for good.
import { useServices } from '../../context';
import type { SiteListed } from '../../openapi';
import { toast } from '../../toast';
import { Card } from '../Card';
import { Table, type Column } from '../Table';
import { AskFirst } from './AskFirst';
import { Listed } from './Listed';
import { moment, zoneNote } from './moment';
import { useLatest } from './use-latest';

export function DeletedSites() {
  const { api } = useServices();
  const list = useLatest('deleted sites', async () =>
    (await api.get<SiteListed[]>('/api/sites', { includeDeleted: true })).filter(({ deletedAt }) => deletedAt),
  );
  const restore = async (site: SiteListed) => {
    await api.post(`/api/sites/${site.id}/restore`);
    toast(`${site.name} is back.`);
    list.reload();
  };
  const purge = async (site: SiteListed) => {
    await api.erase(`/api/sites/${site.id}`, { purge: true, confirm: site.domain });
    toast(`${site.name} was purged.`);
    list.reload();
  };
  const columns: Column<SiteListed>[] = [
    {
      key: 'site',
      label: 'Site',
      cell: ({ name, domain }) => (
        <>
          <bdi>{name}</bdi>
          <span class="two">{domain}</span>
        </>
      ),
    },
    { key: 'deleted', label: 'Deleted', cell: ({ deletedAt }) => moment(deletedAt) },
    { key: 'purge', label: 'Purged on', cell: ({ purgeAt }) => moment(purgeAt) },
    {
      key: 'actions',
      label: '',
      cell: (site) => (
        <div class="row-actions">
          <AskFirst
            label="Restore"
            name={`Restore ${site.domain}`}
            title={`Restore ${site.name}?`}
            action="Restore the site"
            run={() => restore(site)}
          >
            <p>Everything is as before; what visitors did meanwhile was not recorded.</p>
          </AskFirst>
          <AskFirst
            label="Purge"
            name={`Purge ${site.domain}`}
            title={`Purge ${site.name}?`}
            action="Purge for good"
            typed={site.domain}
            run={() => purge(site)}
          >
            <p>Events, goals, funnels, alerts, webhooks and pictures are deleted at once. This cannot be undone.</p>
          </AskFirst>
        </div>
      ),
    },
  ];
  return (
    <Card title="Deleted sites">
      <Listed list={list} empty="No deleted site. One that is deleted can be restored here for a while.">
        {(rows) => (
          <>
            <p class="soft card-text">{zoneNote()}</p>
            <Table caption="Sites to restore or purge" columns={columns} rows={rows} rowKey={({ id }) => id} />
          </>
        )}
      </Listed>
    </Card>
  );
}
