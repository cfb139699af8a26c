// The REST client: one method per endpoint, the token on every call, one refresh for all who need it.
import type { Params } from './protocol';
import type { SessionStore } from './session';
import type { Answers, Query } from './query';
import type { AuthResult, Page, Realtime, Setup, Site, SiteRow, Stats } from './types';

const TIMEOUT_MS = 15_000;
/** Files take as long as they are large. */
const FILE_TIMEOUT_MS = 600_000;

/** A failure of a call. status 0: the server was not reached. message is for people. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** Seconds until the call may be repeated; 0: not said. */
    readonly retryAfter = 0,
    readonly requestId: string | null = null,
    /** What is wrong with each field, where the server says so. */
    readonly details: { field: string; error: string }[] = [],
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** A call that waits for others with the same name, also in other tabs. Where the browser has no locks it just runs. */
export type Exclusive = <T>(run: () => Promise<T>) => Promise<T>;

export interface ApiOptions {
  fetch: typeof fetch;
  session: SessionStore;
  exclusive: Exclusive;
  now: () => number;
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

async function problem(response: Response): Promise<ApiError> {
  let body: { error?: unknown; code?: unknown; details?: unknown } = {};
  try {
    body = (await response.json()) as typeof body;
  } catch {
    // Not from our server: a proxy's page.
  }
  return new ApiError(
    response.status,
    typeof body.code === 'string' ? body.code : '',
    typeof body.error === 'string' ? body.error : `The server answered ${response.status}.`,
    Number(response.headers.get('Retry-After')) || 0,
    response.headers.get('X-Request-Id'),
    Array.isArray(body.details) ? (body.details as ApiError['details']) : [],
  );
}

/** Safe for concurrent use. Every method rejects with ApiError only. */
export class Api {
  #refreshing: Promise<void> | null = null;

  constructor(private readonly options: ApiOptions) {}

  /** The answer's data. Empty params are left out of the address. */
  get = <T>(path: string, params: Params = {}) => this.#authed<T>('GET', path + search(params));
  /** A paginated list, or one with facts beside it. */
  list = async <T>(path: string, params: Params = {}): Promise<Page<T>> =>
    whole<Page<T>>(await this.#call('GET', path + search(params)));
  post = <T>(path: string, body: unknown = {}) => this.#authed<T>('POST', path, body);
  patch = <T>(path: string, body: unknown) => this.#authed<T>('PATCH', path, body);
  erase = <T>(path: string, params: Params = {}, body?: unknown) =>
    this.#authed<T>('DELETE', path + search(params), body);
  /** A file: a picture, an export. */
  file = async (path: string, params: Params = {}): Promise<Blob> =>
    (await this.#call('GET', path + search(params), undefined, FILE_TIMEOUT_MS)).blob();
  /** Sends a file as it is: a picture. */
  upload = <T>(path: string, params: Params, file: Blob) => this.#authed<T>('POST', path + search(params), file);
  /** Of those endpoints that ask for no account. */
  open = <T>(method: 'GET' | 'POST', path: string, given: Params = {}) =>
    method === 'GET' ? this.#public<T>('GET', path + search(given)) : this.#public<T>('POST', path, given);

  setup = () => this.#public<Setup>('GET', '/api/setup');
  query = (siteId: string, queries: Query[]) =>
    this.post<Answers>('/api/query', { queries: queries.map((query) => ({ ...query, site_id: siteId })) });
  sites = () => this.#authed<SiteRow[]>('GET', '/api/sites');
  site = (id: string) => this.#authed<Site>('GET', `/api/sites/${encodeURIComponent(id)}`);
  createSite = (site: { domain: string; name?: string; timezone: string }) =>
    this.#authed<Site>('POST', '/api/sites', site);
  stats = (siteId: string, params: Params) => this.#authed<Stats>('GET', `/api/stats${search({ siteId, ...params })}`);
  realtime = (siteId: string, params: Params) =>
    this.#authed<Realtime>('GET', `/api/realtime${search({ siteId, ...params })}`);

  async register(account: { email: string; password: string; name?: string; inviteToken?: string }): Promise<void> {
    this.options.session.set(await this.#public<AuthResult>('POST', '/api/auth/register', account));
  }

  async login(email: string, password: string): Promise<void> {
    this.options.session.set(await this.#public<AuthResult>('POST', '/api/auth/login', { email, password }));
  }

  /** Signs out here whatever the server says: a token that cannot be revoked now dies by itself. */
  async logout(): Promise<void> {
    try {
      await this.#authed('POST', '/api/auth/logout', {});
    } catch {
      // Not reached, or signed out already.
    }
    this.options.session.clear();
  }

  /** A ticket for one live connection, taken with a token that is good for another minute at least. */
  async ticket(): Promise<string> {
    await this.#freshen(60_000);
    return (await this.#authed<{ ticket: string }>('POST', '/api/ws/ticket')).ticket;
  }

  /** A ticket for a connection that is about to expire. It cannot live longer than its token, so the token is renewed first. */
  async renewedTicket(): Promise<string> {
    await this.#freshen(24 * 3_600_000);
    return (await this.#authed<{ ticket: string }>('POST', '/api/ws/ticket')).ticket;
  }

  async #public<T>(method: Method, path: string, body?: unknown): Promise<T> {
    const response = await this.#send(method, path, body, null);
    if (!response.ok) throw await problem(response);
    return unwrap<T>(response);
  }

  async #authed<T>(method: Method, path: string, body?: unknown): Promise<T> {
    return unwrap<T>(await this.#call(method, path, body));
  }

  /** A call with the token, repeated once with a renewed one. */
  async #call(method: Method, path: string, body?: unknown, timeoutMs?: number): Promise<Response> {
    const token = this.options.session.current.peek()?.token ?? null;
    let response = await this.#send(method, path, body, token, timeoutMs);
    if (response.status === 401 && token !== null) {
      await this.#refresh(token);
      response = await this.#send(method, path, body, this.options.session.current.peek()?.token ?? null, timeoutMs);
    }
    if (response.ok) return response;
    const failure = await problem(response);
    if (failure.status === 401) this.options.session.clear();
    throw failure;
  }

  async #freshen(leastMs: number): Promise<void> {
    const session = this.options.session.current.peek();
    if (session && Date.parse(session.expiresAt) - this.options.now() < leastMs) await this.#refresh(session.token);
  }

  /** Replaces a token that is no longer good. Returns without a call when another caller or tab has done so. */
  #refresh(stale: string): Promise<void> {
    this.#refreshing ??= this.options
      .exclusive(() => this.#exchange(stale))
      .finally(() => {
        this.#refreshing = null;
      });
    return this.#refreshing;
  }

  async #exchange(stale: string): Promise<void> {
    const { session } = this.options;
    const kept = session.reload();
    if (!kept || kept.token !== stale) return;
    const response = await this.#send('POST', '/api/auth/refresh', { refreshToken: kept.refreshToken }, null);
    if (response.ok) return session.set(await unwrap<AuthResult>(response));
    const failure = await problem(response);
    if (failure.status === 400 || failure.status === 401) {
      // Without locks two tabs may use one refresh token: the other one has the new pair.
      if (session.reload()?.token !== stale) return;
      session.clear();
    }
    throw failure;
  }

  async #send(
    method: Method,
    path: string,
    body: unknown,
    token: string | null,
    timeoutMs = body instanceof Blob ? FILE_TIMEOUT_MS : TIMEOUT_MS,
  ): Promise<Response> {
    const headers: Record<string, string> = {};
    if (token !== null) headers['Authorization'] = `Bearer ${token}`;
    if (body !== undefined) headers['Content-Type'] = body instanceof Blob ? body.type : 'application/json';
    try {
      return await this.options.fetch(path, {
        method,
        headers,
        body: body instanceof Blob ? body : body === undefined ? null : JSON.stringify(body),
        credentials: 'omit',
        cache: 'no-store',
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch {
      throw new ApiError(0, 'unreachable', 'The server cannot be reached.');
    }
  }
}

async function whole<T>(response: Response): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch {
    throw new ApiError(response.status, 'bad_answer', 'The server answered something this page does not understand.');
  }
}

async function unwrap<T>(response: Response): Promise<T> {
  return (await whole<{ data: T }>(response)).data;
}

/** The query of an address, with its question mark. */
export function search(params: Params): string {
  const given = Object.entries(params).filter(([, value]) => value !== undefined && value !== null && value !== '');
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text && `?${text}`;
}

/** Exclusive by the Web Locks API, which browsers offer on https and localhost only. */
export function lockedBy(locks: LockManager | undefined): Exclusive {
  return (run) => (locks ? locks.request('ztas.refresh', run) : run()) as ReturnType<typeof run>;
}
