// Who sees the site and in which role; invitations.
import { useState } from 'preact/hooks';
import { now } from '../../clock';
import { useServices } from '../../context';
import { text, useSubmit } from '../../form';
import { ago } from '../../format';
import { asApiError } from '../../load';
import type { Invitation, Member, PendingMember } from '../../openapi';
import type { SitePageProps } from '../../page';
import { can } from '../../roles';
import { toast } from '../../toast';
import type { Role, Site } from '../../types';
import { Card } from '../Card';
import { Field, FormError, Select } from '../Field';
import { Table, type Column } from '../Table';
import { AskFirst } from './AskFirst';
import { Listed } from './Listed';
import { momentIn } from './moment';
import { Once } from './Once';
import { useLatest } from './use-latest';

type Row = Member | PendingMember;

const roleWords: Record<Role, string> = {
  owner: 'Owner: everything',
  admin: 'Admin: settings, goals, alerts, webhooks',
  member: 'Member: reads, exports, annotates',
  viewer: 'Viewer: reads',
};

const options = (roles: Role[]) => roles.map((value) => ({ value, label: roleWords[value] }));

function InviteForm({ site, done }: { site: Site; done: () => void }) {
  const { api } = useServices();
  const [role, setRole] = useState<Role>('viewer');
  const [link, setLink] = useState<Invitation | null>(null);
  const [sent, setSent] = useState(0);
  const roles: Role[] = can(site.role, 'owner') ? ['viewer', 'member', 'admin'] : ['viewer', 'member'];
  const { busy, error, onSubmit } = useSubmit(async (form) => {
    const message = text(form, 'message').trim();
    setLink(
      await api.post<Invitation>('/api/teams', {
        siteId: site.id,
        email: text(form, 'email'),
        role,
        ...(message ? { message } : {}),
      }),
    );
    setSent((n) => n + 1);
    done();
  });
  return (
    <Card title="Invite somebody">
      <form key={sent} onSubmit={onSubmit}>
        <Field label="E-mail">
          {(ids) => <input {...ids} name="email" type="email" required maxLength={254} autocomplete="off" />}
        </Field>
        <Select label="Role" value={role} options={options(roles)} onChange={(value) => setRole(value as Role)} />
        <Field label="Message (optional)">
          {(ids) => <input {...ids} name="message" maxLength={500} autocomplete="off" />}
        </Field>
        <FormError error={error} />
        <button type="submit" class="button" disabled={busy}>
          Invite
        </button>
      </form>
      {link && (
        <Once
          title="The invitation is on its way"
          secret={link.inviteUrl}
          note={`If this server sends no mail, pass this link on to ${link.email}. It works once, for 7 days, and is shown only now.`}
          onClose={() => setLink(null)}
        />
      )}
    </Card>
  );
}

/** How the way out of the team is put. */
function partingWords({ status, email }: Row, mine: boolean) {
  if (mine) return { label: 'Leave', name: 'Leave the site', title: 'Leave this site?', action: 'Leave' };
  const action = status === 'pending' ? 'Withdraw' : 'Remove';
  const title = status === 'pending' ? `Withdraw the invitation of ${email}?` : `Remove ${email}?`;
  return { label: action, name: `${action} ${email}`, title, action };
}

/** Whether a reader may take somebody out of the team. Pure. */
export function mayRemove(mine: Role, theirs: Role): boolean {
  return theirs !== 'owner' && (can(mine, 'owner') || (can(mine, 'admin') && !can(theirs, 'admin')));
}

export function Team({ site, reload }: SitePageProps) {
  const { api, session } = useServices();
  const list = useLatest(`team ${site.id}`, () => api.get<Row[]>('/api/teams', { siteId: site.id }));
  const me = session.current.value?.user.id;
  const remove = async (row: Row) => {
    await api.erase('/api/teams', { siteId: site.id, userId: row.id });
    toast(row.status === 'pending' ? 'The invitation was withdrawn.' : `${row.email} was removed.`);
    if (row.id === me) location.assign('/sites');
    else list.reload();
  };
  const setRole = (row: Row, role: string) =>
    void api.patch('/api/teams', { siteId: site.id, userId: row.id, role }).then(
      () => {
        toast(`${row.email} is ${role} now.`);
        list.reload();
      },
      (error: unknown) => {
        toast(asApiError(error).message, 'bad');
        list.reload();
      },
    );
  const transfer = async (row: Row) => {
    await api.post('/api/teams/transfer', { siteId: site.id, userId: row.id });
    toast(`${row.email} owns the site now.`);
    list.reload();
    reload();
  };
  const columns: Column<Row>[] = [
    {
      key: 'who',
      label: 'Who',
      cell: ({ name, email, id }) => (
        <>
          <bdi>{name ?? email}</bdi> {id === me && <span class="tag">you</span>}
          {name && <span class="two">{email}</span>}
        </>
      ),
    },
    {
      key: 'role',
      label: 'Role',
      cell: (row) =>
        row.status === 'active' && can(site.role, 'owner') && row.role !== 'owner' ? (
          <select
            class="select"
            aria-label={`Role of ${row.email}`}
            value={row.role}
            onChange={(event) => setRole(row, event.currentTarget.value)}
          >
            {(['viewer', 'member', 'admin'] as const).map((role) => (
              <option key={role} value={role} selected={role === row.role}>
                {role}
              </option>
            ))}
          </select>
        ) : (
          row.role
        ),
    },
    {
      key: 'seen',
      label: 'Last active',
      cell: (row) =>
        row.status === 'pending' ? (
          <span class="tag" data-tone="warn">
            invited until {momentIn(row.expiresAt, site.timezone)}
          </span>
        ) : row.lastActive ? (
          ago(now.value - Date.parse(row.lastActive))
        ) : (
          '–'
        ),
    },
    {
      key: 'actions',
      label: '',
      cell: (row) => (
        <div class="row-actions">
          {can(site.role, 'owner') && row.status === 'active' && row.role !== 'owner' && (
            <AskFirst
              label="Make owner"
              name={`Make ${row.email} the owner`}
              title="Give the site away?"
              action="Transfer the site"
              typed={site.domain}
              run={() => transfer(row)}
            >
              <p>{row.email} becomes the owner, you become an admin. Only they can give it back.</p>
            </AskFirst>
          )}
          {(row.id === me ? row.role !== 'owner' : mayRemove(site.role, row.role)) && (
            <AskFirst {...partingWords(row, row.id === me)} run={() => remove(row)}>
              <p>
                {row.status === 'pending'
                  ? 'The link that was sent stops working at once.'
                  : `The right to see ${site.name} ends at once.`}
              </p>
            </AskFirst>
          )}
        </div>
      ),
    },
  ];
  return (
    <>
      <Card title="Team">
        <Listed list={list} empty="Nobody.">
          {(rows) => <Table caption="Members and invitations" columns={columns} rows={rows} rowKey={({ id }) => id} />}
        </Listed>
      </Card>
      {can(site.role, 'admin') ? (
        <InviteForm site={site} done={list.reload} />
      ) : (
        <p class="soft">Admins and the owner invite others.</p>
      )}
    </>
  );
}
