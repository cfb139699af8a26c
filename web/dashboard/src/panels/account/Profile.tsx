// Who one is: the name that others see, the address one signs in with; and the password.
import { useServices } from '../../context';
import { text, useSubmit } from '../../form';
import { count } from '../../format';
import type { UserStatus } from '../../openapi';
import { toast } from '../../toast';
import type { User } from '../../types';
import { Card } from '../Card';
import { Field, FormError } from '../Field';
import { momentIn } from '../settings/moment';
import { useLatest } from '../settings/use-latest';
import { Failure, SkeletonRows } from '../States';

export function Profile() {
  const { api, session } = useServices();
  const status = useLatest('status', () => api.get<UserStatus>('/api/user/status'));
  const { busy, error, onSubmit } = useSubmit(async (form) => {
    const name = text(form, 'name').trim();
    const user = await api.patch<User>('/api/user', { name: name === '' ? null : name });
    const current = session.current.peek();
    if (current) session.set({ ...current, user: { ...current.user, name: user.name } });
    toast('Your name was changed.');
    status.reload();
  });
  const { data } = status;
  return (
    <Card title="Profile">
      {status.error && <Failure error={status.error} retry={status.reload} />}
      {!data && !status.error && <SkeletonRows count={3} />}
      {data && (
        <>
          <dl class="facts">
            <dt>E-mail</dt>
            <dd>
              <bdi>{data.email}</bdi>
            </dd>
            <dt>Since</dt>
            <dd>{momentIn(data.createdAt)}</dd>
            <dt>Your sites</dt>
            <dd>
              {count(data.usage.sites)} of {count(data.limits.sites)}
            </dd>
            <dt>Your API keys</dt>
            <dd>
              {count(data.usage.apiKeys)} of {count(data.limits.apiKeys)}
            </dd>
            {data.operator && (
              <>
                <dt>Operator</dt>
                <dd>
                  You run this server: <a href="/system">System</a>
                </dd>
              </>
            )}
          </dl>
          <form onSubmit={onSubmit}>
            <Field label="Name" hint="Team members and the activity log show it.">
              {(ids) => (
                <input {...ids} name="name" maxLength={100} defaultValue={data.name ?? ''} autocomplete="name" />
              )}
            </Field>
            <FormError error={error} />
            <button type="submit" class="button" disabled={busy}>
              Save
            </button>
          </form>
        </>
      )}
    </Card>
  );
}

export function Password() {
  const { api, session } = useServices();
  const { busy, error, onSubmit } = useSubmit(async (form) => {
    await api.post('/api/auth/change-password', {
      currentPassword: text(form, 'current'),
      newPassword: text(form, 'new'),
    });
    toast('The password was changed; every other session has ended.');
    document.querySelector<HTMLFormElement>('#password-form')?.reset();
  });
  return (
    <Card title="Password">
      <p class="soft card-text">A new password ends every other session. API keys stay.</p>
      <form id="password-form" onSubmit={onSubmit}>
        <input
          class="sr-only"
          type="email"
          autocomplete="username"
          aria-hidden="true"
          tabIndex={-1}
          readOnly
          value={session.current.value?.user.email ?? ''}
        />
        <Field label="Current password">
          {(ids) => <input {...ids} name="current" type="password" required autocomplete="current-password" />}
        </Field>
        <Field label="New password" hint="At least 8 characters; long beats complicated.">
          {(ids) => (
            <input
              {...ids}
              name="new"
              type="password"
              required
              minLength={8}
              maxLength={128}
              autocomplete="new-password"
            />
          )}
        </Field>
        <FormError error={error} />
        <button type="submit" class="button" disabled={busy}>
          Change the password
        </button>
      </form>
    </Card>
  );
}
