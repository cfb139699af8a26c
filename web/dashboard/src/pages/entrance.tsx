// Before anything else: the first account of a fresh server, signing in, or a new account where the server allows it.
import { useEffect, useState } from 'preact/hooks';
import { useServices } from '../context';
import { text, useSubmit } from '../form';
import { useLoad } from '../load';
import { Field } from '../panels/Field';
import { Logo } from '../panels/Logo';
import { Failure } from '../panels/States';
import { ThemeSwitch } from '../panels/TopBar';
import type { Setup } from '../types';

type Mode = 'first' | 'login' | 'register';

const words: Record<Mode, { title: string; lead: string; action: string }> = {
  first: {
    title: 'Welcome to ztas',
    lead: 'This server is new. Create the first account; it is the one that runs the server.',
    action: 'Create account',
  },
  login: { title: 'Sign in', lead: 'Your sites, live.', action: 'Sign in' },
  register: {
    title: 'Create an account',
    lead: 'An account sees the sites it adds or is invited to.',
    action: 'Create account',
  },
};

function Password({ isNew }: { isNew: boolean }) {
  const [shown, show] = useState(false);
  return (
    <Field label="Password" {...(isNew ? { hint: 'At least 8 characters. A few words make a good one.' } : {})}>
      {(ids) => (
        <div class="input-with">
          <input
            {...ids}
            name="password"
            type={(shown ? 'text' : 'password') as 'password'}
            required
            minLength={isNew ? 8 : 1}
            maxLength={128}
            autocomplete={isNew ? 'new-password' : 'current-password'}
          />
          <button type="button" class="input-button" aria-pressed={shown} onClick={() => show(!shown)}>
            {shown ? 'Hide' : 'Show'}
          </button>
        </div>
      )}
    </Field>
  );
}

function AccountForm({ mode }: { mode: Mode }) {
  const { api } = useServices();
  const isNew = mode !== 'login';
  const { busy, error, onSubmit } = useSubmit(async (form) => {
    const email = text(form, 'email').trim();
    const password = text(form, 'password');
    const name = text(form, 'name').trim();
    if (isNew) await api.register({ email, password, ...(name ? { name } : {}) });
    else await api.login(email, password);
  });
  return (
    <form onSubmit={onSubmit}>
      {isNew && (
        <Field label="Name (optional)">
          {(ids) => <input {...ids} name="name" maxLength={100} autocomplete="name" />}
        </Field>
      )}
      <Field label="E-mail">
        {(ids) => <input {...ids} name="email" type="email" required maxLength={254} autocomplete="username" />}
      </Field>
      <Password isNew={isNew} />
      {error && (
        <p class="form-error" role="alert">
          {error}
        </p>
      )}
      <button type="submit" class="button wide" disabled={busy}>
        {busy ? 'One moment…' : words[mode].action}
      </button>
    </form>
  );
}

function Entrance({ setup }: { setup: Setup }) {
  const [mode, setMode] = useState<Mode>(setup.needsSetup ? 'first' : 'login');
  useEffect(() => {
    document.title = `${words[mode].title} · ztas`;
  }, [mode]);
  return (
    <>
      <h1>{words[mode].title}</h1>
      <p class="soft">{words[mode].lead}</p>
      <AccountForm key={mode} mode={mode} />
      {!setup.needsSetup && setup.registrationEnabled && (
        <button type="button" class="link" onClick={() => setMode(mode === 'login' ? 'register' : 'login')}>
          {mode === 'login' ? 'Create an account' : 'I have an account'}
        </button>
      )}
    </>
  );
}

export default function EntrancePage() {
  const { api } = useServices();
  const setup = useLoad('setup', api.setup);
  return (
    <main class="entrance">
      <div class="entrance-theme">
        <ThemeSwitch />
      </div>
      <div class="card entrance-card">
        <p class="brand big">
          <Logo />
          <span>ztas</span>
        </p>
        {setup.kind === 'loading' && <div class="entrance-space" role="status" aria-label="Loading" />}
        {setup.kind === 'failed' && <Failure error={setup.error} retry={setup.retry} />}
        {setup.kind === 'done' && <Entrance setup={setup.data} />}
      </div>
      <p class="soft entrance-note">Realtime web analytics on your own server. No cookies, nobody else looks on.</p>
    </main>
  );
}
