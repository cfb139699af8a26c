// The activity log: who did what and when, of the account or of one site; live where it is a site's.
import { useEffect, useState } from 'preact/hooks';
import { useServices } from '../../context';
import { save } from '../../csv';
import { asApiError } from '../../load';
import type { Activity } from '../../openapi';
import { toast } from '../../toast';
import type { Page } from '../../types';
import { Card } from '../Card';
import { Select } from '../Field';
import { Listed } from '../settings/Listed';
import { moment, ownZone, zoneNote } from '../settings/moment';
import { useLatest } from '../settings/use-latest';
import { Pager, Table, type Column } from '../Table';
import { changes, deed, types } from './activity';

const LIMIT = 50;

const periods = [
  { value: '24h', label: '24 hours' },
  { value: '7d', label: '7 days' },
  { value: '30d', label: '30 days' },
  { value: '90d', label: '90 days' },
];

const kinds = [
  { value: '', label: 'Everything' },
  ...types.map((value) => ({ value, label: value.replace('_', ' ') })),
];

interface Props {
  /** Of this site; without it what concerns the account. */
  siteId?: string;
  zone?: string;
  /** Rises when the server tells of a new entry. */
  tick?: string;
}

function What({ entry }: { entry: Activity }) {
  const facts = changes(entry.metadata);
  return (
    <>
      <bdi>{entry.actor?.name ?? entry.actor?.email ?? ''}</bdi> {deed(entry.action)}{' '}
      {entry.target?.name && (
        <b>
          <bdi>{entry.target.name}</bdi>
        </b>
      )}
      {facts.length > 0 && <span class="two">{facts.join(' · ')}</span>}
    </>
  );
}

function columns(zone: string): Column<Activity>[] {
  return [
    { key: 'what', label: 'What', cell: (entry) => <What entry={entry} /> },
    { key: 'when', label: 'When', cell: ({ timestamp }) => moment(timestamp, zone) },
    {
      key: 'from',
      label: 'From',
      cell: ({ userAgent, ipAddress }) => (
        <>
          {userAgent ?? '–'}
          {ipAddress && <span class="two">{ipAddress}</span>}
        </>
      ),
    },
  ];
}

export function ActivityLog({ siteId, zone = ownZone, tick = '' }: Props) {
  const { api } = useServices();
  const [period, setPeriod] = useState('7d');
  const [type, setType] = useState('');
  const [offset, setOffset] = useState(0);
  const asked = { siteId, period, type };
  const page = useLatest(JSON.stringify([asked, offset]), () =>
    api.list<Activity>('/api/activity-log', { ...asked, limit: LIMIT, offset }),
  );
  useEffect(() => {
    if (tick && offset === 0) page.reload();
  }, [tick]);
  const list = { ...page, data: page.data && (page.data as Page<Activity>).data };
  const take = (format: 'csv' | 'json') =>
    void api.file('/api/activity-log/export', { ...asked, format }).then(
      (file) => save(`activity.${format}`, file.type, file),
      (error: unknown) => toast(asApiError(error).message, 'bad'),
    );
  const actions = (
    <>
      <button type="button" class="button quiet small" onClick={() => take('csv')}>
        CSV
      </button>
      <button type="button" class="button quiet small" onClick={() => take('json')}>
        JSON
      </button>
    </>
  );
  return (
    <Card title="Activity log" actions={actions}>
      <p class="soft card-text">
        {siteId
          ? 'What was done to this site, and by whom; it cannot be changed.'
          : 'What you did, what concerns your account, and everything on sites you own.'}{' '}
        Addresses are masked before they are kept. {zoneNote(zone)}
      </p>
      <div class="inline-form">
        <Select
          label="Period"
          value={period}
          options={periods}
          onChange={(value) => {
            setPeriod(value);
            setOffset(0);
          }}
        />
        <Select
          label="Kind"
          value={type}
          options={kinds}
          onChange={(value) => {
            setType(value);
            setOffset(0);
          }}
        />
      </div>
      <Listed list={list} empty="Nothing of this kind happened in this time.">
        {(rows) => <Table caption="Activity" columns={columns(zone)} rows={rows} rowKey={({ id }) => id} />}
      </Listed>
      <Pager offset={offset} limit={LIMIT} total={page.data?.pagination?.total ?? 0} onMove={setOffset} />
    </Card>
  );
}
