// Who is signed in: the token pair in memory and in localStorage, shared between tabs.
import { signal, type Signal } from '@preact/signals';
import type { AuthResult, User } from './types';

const KEY = 'ztas.session';

/** What is kept of an auth result. Times are RFC 3339. */
export type Session = Pick<AuthResult, 'token' | 'expiresAt' | 'refreshToken' | 'user'>;

export interface SessionStore {
  /** Null: signed out. Changes with every tab of this browser. */
  current: Signal<Session | null>;
  set(result: Session): void;
  clear(): void;
  /** Takes what another tab wrote meanwhile and returns it. */
  reload(): Session | null;
}

function isSession(value: unknown): value is Session {
  const s = value as Session | null;
  return (
    typeof s === 'object' &&
    s !== null &&
    typeof s.token === 'string' &&
    typeof s.expiresAt === 'string' &&
    typeof s.refreshToken === 'string' &&
    typeof (s.user as User | undefined)?.id === 'string'
  );
}

function read(storage: Storage): Session | null {
  try {
    const value: unknown = JSON.parse(storage.getItem(KEY) ?? 'null');
    return isSession(value) ? value : null;
  } catch {
    return null;
  }
}

/** Opens the session kept in storage. A browser that refuses storage keeps the session in memory, for this tab. */
export function openSession(storage: Storage, events: Pick<Window, 'addEventListener'>): SessionStore {
  const current = signal<Session | null>(read(storage));
  const write = (session: Session | null) => {
    current.value = session;
    try {
      if (session) storage.setItem(KEY, JSON.stringify(session));
      else storage.removeItem(KEY);
    } catch {
      // The quota is used up or storage is switched off.
    }
  };
  const reload = () => {
    const kept = read(storage);
    if (kept?.token !== current.peek()?.token) current.value = kept;
    return current.peek();
  };
  events.addEventListener('storage', (event) => {
    if (event.key === KEY || event.key === null) reload();
  });
  return {
    current,
    set: ({ token, expiresAt, refreshToken, user }) => write({ token, expiresAt, refreshToken, user }),
    clear: () => write(null),
    reload,
  };
}
