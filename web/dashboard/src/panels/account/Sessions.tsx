// Where one is signed in; any of these can be ended.
import { now } from '../../clock';
import { useServices } from '../../context';
import { ago } from '../../format';
import type { SessionListed } from '../../openapi';
import { toast } from '../../toast';
import { Card } from '../Card';
import { AskFirst } from '../settings/AskFirst';
import { Listed } from '../settings/Listed';
import { moment, zoneNote } from '../settings/moment';
import { useLatest } from '../settings/use-latest';
import { Table, type Column } from '../Table';

export function Sessions() {
  const { api } = useServices();
  const list = useLatest('sessions', () => api.get<SessionListed[]>('/api/user/sessions'));
  const end = async (path: string, said: string) => {
    await api.erase(path);
    toast(said);
    list.reload();
  };
  const columns: Column<SessionListed>[] = [
    {
      key: 'device',
      label: 'Device',
      cell: ({ device, ipAddress, isCurrent }) => (
        <>
          {device}{' '}
          {isCurrent && (
            <span class="tag" data-tone="good">
              this one
            </span>
          )}
          <span class="two">{ipAddress}</span>
        </>
      ),
    },
    {
      key: 'active',
      label: 'Last active',
      cell: ({ lastActiveAt }) => ago(now.value - Date.parse(lastActiveAt)),
    },
    { key: 'since', label: 'Signed in', cell: ({ createdAt }) => moment(createdAt) },
    {
      key: 'end',
      label: '',
      cell: ({ id, device, isCurrent }) =>
        !isCurrent && (
          <div class="row-actions">
            <AskFirst
              label="End"
              name={`End the session on ${device}`}
              title="End this session?"
              action="End the session"
              run={() => end(`/api/user/sessions/${id}`, 'The session has ended.')}
            >
              <p>{device} is signed out with its next request.</p>
            </AskFirst>
          </div>
        ),
    },
  ];
  const others = (list.data ?? []).filter(({ isCurrent }) => !isCurrent).length;
  const all = others > 1 && (
    <AskFirst
      label="End all others"
      title="End all other sessions?"
      action="End them"
      run={() => end('/api/user/sessions?all=true', 'All other sessions have ended.')}
    >
      <p>Everywhere but here you are signed out.</p>
    </AskFirst>
  );
  return (
    <Card title="Sessions" actions={all}>
      <p class="soft card-text">{zoneNote()}</p>
      <Listed list={list} empty="No session.">
        {(rows) => <Table caption="Where you are signed in" columns={columns} rows={rows} rowKey={({ id }) => id} />}
      </Listed>
    </Card>
  );
}
