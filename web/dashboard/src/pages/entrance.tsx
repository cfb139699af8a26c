// Before anything else: the first account of a fresh server, signing in, a new account where the server allows it or an invitation asks
// for one, and the way back for those who forgot their password.
import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { useServices } from '../context';
import { text, useSubmit } from '../form';
import { useLoad } from '../load';
import { Field, FormError } from '../panels/Field';
import { Logo } from '../panels/Logo';
import { Failure } from '../panels/States';
import { ThemeSwitch } from '../panels/TopBar';
import type { Setup } from '../types';
import type { Invitation } from './invite';

type Mode = 'first' | 'login' | 'register' | 'forgot' | 'reset';

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
  forgot: {
    title: 'Forgot your password?',
    lead: 'A link that sets a new one comes by mail, if this server sends mail.',
    action: 'Send the link',
  },
  reset: { title: 'A new password', lead: 'All other sign-ins of the account end.', action: 'Set the password' },
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

interface AccountProps {
  mode: Mode;
  /** Whom an invitation is for; '' as long as nobody knows. */
  invited: string;
  done: (message: string) => void;
}

function AccountForm({ mode, invited, done }: AccountProps) {
  const { api } = useServices();
  const token = useLocation().query['token'] ?? '';
  const { busy, error, onSubmit } = useSubmit(async (form) => {
    const email = text(form, 'email').trim();
    const password = text(form, 'password');
    const name = text(form, 'name').trim();
    const answer = { message: '' };
    if (mode === 'login') await api.login(email, password);
    else if (mode === 'forgot') Object.assign(answer, await api.open('POST', '/api/auth/forgot', { email }));
    else if (mode === 'reset') Object.assign(answer, await api.open('POST', '/api/auth/reset', { token, password }));
    else {
      const invited = token.startsWith('inv_') ? { inviteToken: token } : {};
      await api.register({ email, password, ...(name ? { name } : {}), ...invited });
    }
    if (answer.message) done(answer.message);
  });
  const address = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (address.current?.value === '') address.current.value = invited; // what somebody wrote meanwhile stays
  }, [invited]);
  return (
    <form onSubmit={onSubmit}>
      {(mode === 'first' || mode === 'register') && (
        <Field label="Name (optional)">
          {(ids) => <input {...ids} name="name" maxLength={100} autocomplete="name" />}
        </Field>
      )}
      {mode !== 'reset' && (
        <Field label="E-mail">
          {(ids) => (
            <input {...ids} ref={address} name="email" type="email" required maxLength={254} autocomplete="username" />
          )}
        </Field>
      )}
      {mode !== 'forgot' && <Password isNew={mode !== 'login'} />}
      <FormError error={error} />
      <button type="submit" class="button wide" disabled={busy}>
        {busy ? 'One moment…' : words[mode].action}
      </button>
    </form>
  );
}

/** Whose invitation brought one here. */
function Invited({ token, tell }: { token: string; tell: (email: string) => void }) {
  const { api } = useServices();
  const load = useLoad(token, () => api.open<Invitation>('GET', '/api/invite', { token }));
  useEffect(() => {
    if (load.kind === 'done') tell(load.data.invite.email);
  }, [load]);
  if (load.kind === 'loading') return null;
  if (load.kind === 'failed') return <Failure error={load.error} retry={load.retry} />;
  const { invite, team } = load.data;
  return (
    <p class="notice">
      You are invited to <b>{team.name}</b> as {invite.role}. Sign in or create an account with {invite.email}.
    </p>
  );
}

/** What the address asks for. */
function firstMode(setup: Setup, path: string): Mode {
  if (setup.needsSetup) return 'first';
  return path === '/reset-password' ? 'reset' : 'login';
}

function Entrance({ setup }: { setup: Setup }) {
  const { path, query, route } = useLocation();
  const [mode, setMode] = useState<Mode>(firstMode(setup, path));
  const [message, setMessage] = useState('');
  const [email, setEmail] = useState('');
  const invited = path === '/accept-invite' ? (query['token'] ?? '') : '';
  const mayRegister = setup.registrationEnabled || invited !== '';
  useEffect(() => {
    document.title = `${words[mode].title} · ztas`;
  }, [mode]);
  const done = (said: string) => {
    setMessage(said);
    setMode('login');
    if (path === '/reset-password') route('/', true);
  };
  const go = (next: Mode) => {
    setMessage('');
    setMode(next);
  };
  return (
    <>
      <h1>{words[mode].title}</h1>
      <p class="soft">{words[mode].lead}</p>
      {invited && <Invited token={invited} tell={setEmail} />}
      {message && (
        <p class="notice" role="status">
          {message}
        </p>
      )}
      <AccountForm key={mode} mode={mode} invited={email} done={done} />
      {mode !== 'first' && (
        <p class="entrance-links">
          {mode !== 'login' && (
            <button type="button" class="link" onClick={() => go('login')}>
              Sign in instead
            </button>
          )}
          {mode === 'login' && mayRegister && (
            <button type="button" class="link" onClick={() => go('register')}>
              Create an account
            </button>
          )}
          {mode === 'login' && (
            <button type="button" class="link" onClick={() => go('forgot')}>
              Forgot the password?
            </button>
          )}
        </p>
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
