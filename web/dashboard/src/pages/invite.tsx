// An invitation to a site, seen by the account that is signed in.
import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { useServices } from '../context';
import { useLoad } from '../load';
import { FormError } from '../panels/Field';
import { Failure, SkeletonRows } from '../panels/States';
import { sitePath } from '../route';
import type { Role } from '../types';

export interface Invitation {
  invite: { email: string; role: Role; expiresAt: string };
  team: { name: string };
}

export default function InvitePage() {
  const { api, session } = useServices();
  const { query, route } = useLocation();
  const token = query['token'] ?? '';
  const load = useLoad(token, () => api.open<Invitation>('GET', '/api/invite', { token }));
  const [error, setError] = useState<string | null>(null);
  const answer = async (action: 'accept' | 'decline') => {
    try {
      const { team } = await api.post<{ team?: { siteId: string } }>('/api/invite', { token, action });
      route(team ? sitePath(team.siteId) : '/sites', true);
    } catch (failure) {
      setError((failure as Error).message);
    }
  };
  const mine = session.current.value?.user.email;
  return (
    <section class="card form-card">
      <h1>Invitation</h1>
      {load.kind === 'loading' && <SkeletonRows count={3} />}
      {load.kind === 'failed' && <Failure error={load.error} retry={load.retry} />}
      {load.kind === 'done' && (
        <>
          <p>
            You are invited to <b>{load.data.team.name}</b> as {load.data.invite.role}.
          </p>
          {mine?.toLowerCase() !== load.data.invite.email.toLowerCase() && (
            <p class="soft">
              The invitation is for {load.data.invite.email}; you are signed in as {mine}.
            </p>
          )}
          <FormError error={error} />
          <div class="dialog-foot">
            <button type="button" class="button quiet" onClick={() => void answer('decline')}>
              Decline
            </button>
            <button type="button" class="button" onClick={() => void answer('accept')}>
              Accept
            </button>
          </div>
        </>
      )}
    </section>
  );
}
