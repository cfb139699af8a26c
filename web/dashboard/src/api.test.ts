import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Api, ApiError, lockedBy } from './api';
import { openSession, type SessionStore } from './session';

const now = Date.parse('2026-01-15T16:30:20.000Z');

function pair(n: number, expiresAt = '2026-01-22T16:30:20.000Z') {
  return {
    token: `jwt${n}`,
    expiresAt,
    refreshToken: `rt_${n}`,
    refreshExpiresAt: '2026-02-14T16:30:20.000Z',
    user: { id: 'user_abc123', email: 'owner@example.com', name: null },
  };
}

type Call = { method: string; path: string; token: string | null; body: unknown };
type Answer = [status: number, body: unknown, headers?: Record<string, string>];

let session: SessionStore;
let calls: Call[];

function api(answer: (call: Call) => Answer | Promise<Answer>): Api {
  const send = async (path: string, init: RequestInit) => {
    const headers = new Headers(init.headers);
    const call = {
      method: init.method ?? 'GET',
      path,
      token: headers.get('Authorization')?.replace('Bearer ', '') ?? null,
      body: init.body ? JSON.parse(init.body as string) : undefined,
    };
    calls.push(call);
    const [status, body, extra] = await answer(call);
    return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers: extra ?? {} });
  };
  return new Api({ fetch: send as typeof fetch, session, exclusive: lockedBy(undefined), now: () => now });
}

const unauthorized: Answer = [401, { error: 'Invalid or expired token', code: 'unauthorized' }];

beforeEach(() => {
  localStorage.clear();
  session = openSession(localStorage, window);
  calls = [];
});

describe('signing in', () => {
  it('keeps the pair of a login and sends its token', async () => {
    const client = api((call) =>
      call.path === '/api/sites' ? [200, { data: [] }] : [200, { token: 'jwt1', data: pair(1) }],
    );
    await client.login('owner@example.com', 'secret');
    expect(await client.sites()).toEqual([]);
    expect(calls.map((call) => [call.path, call.token])).toEqual([
      ['/api/auth/login', null],
      ['/api/sites', 'jwt1'],
    ]);
  });

  it('shows the words of a refusal and stays signed out', async () => {
    const client = api(() => [401, { error: 'Invalid credentials', code: 'unauthorized' }, { 'X-Request-Id': 'r7' }]);
    await expect(client.login('a@example.com', 'x')).rejects.toMatchObject({
      status: 401,
      message: 'Invalid credentials',
      requestId: 'r7',
    });
    expect(session.current.value).toBeNull();
  });

  it('signs out here even when the server is away', async () => {
    session.set(pair(1));
    const client = api(() => Promise.reject(new TypeError('network')));
    await client.logout();
    expect(session.current.value).toBeNull();
  });
});

describe('refreshing', () => {
  it('renews once for all who find the token expired, and repeats their calls', async () => {
    session.set(pair(1));
    const client = api((call) => {
      if (call.path === '/api/auth/refresh') return [200, { data: pair(2) }];
      return call.token === 'jwt2' ? [200, { data: [] }] : unauthorized;
    });
    await Promise.all([client.sites(), client.sites(), client.site('site_abc123')]);
    expect(calls.filter((call) => call.path === '/api/auth/refresh').map((call) => call.body)).toEqual([
      { refreshToken: 'rt_1' },
    ]);
    expect(session.current.value?.token).toBe('jwt2');
  });

  it('takes the pair of another tab instead of using a refresh token twice', async () => {
    session.set(pair(1));
    const client = api((call) => {
      if (call.token === 'jwt2') return [200, { data: [] }];
      openSession(localStorage, window).set(pair(2));
      return unauthorized;
    });
    await client.sites();
    expect(calls.map((call) => call.path)).toEqual(['/api/sites', '/api/sites']);
  });

  it('takes the pair of another tab that won the race for the refresh token', async () => {
    session.set(pair(1));
    const client = api((call) => {
      if (call.path === '/api/auth/refresh') {
        openSession(localStorage, window).set(pair(2));
        return [401, { error: 'Invalid or expired refresh token' }];
      }
      return call.token === 'jwt2' ? [200, { data: [] }] : unauthorized;
    });
    expect(await client.sites()).toEqual([]);
    expect(session.current.value?.token).toBe('jwt2');
  });

  it('signs out when the refresh token is refused', async () => {
    session.set(pair(1));
    const client = api((call) =>
      call.path === '/api/auth/refresh' ? [401, { error: 'Invalid or expired refresh token' }] : unauthorized,
    );
    await expect(client.sites()).rejects.toBeInstanceOf(ApiError);
    expect(session.current.value).toBeNull();
  });

  it('stays signed in when the server fails meanwhile', async () => {
    session.set(pair(1));
    const client = api((call) => (call.path === '/api/auth/refresh' ? [503, '<html>'] : unauthorized));
    await expect(client.sites()).rejects.toMatchObject({ status: 503, message: 'The server answered 503.' });
    expect(session.current.value?.token).toBe('jwt1');
  });

  it('renews before a ticket whose token has seconds to live', async () => {
    session.set(pair(1, '2026-01-15T16:30:50.000Z'));
    const client = api((call) =>
      call.path === '/api/auth/refresh' ? [200, { data: pair(2) }] : [201, { data: { ticket: 'wst_1' } }],
    );
    expect(await client.ticket()).toBe('wst_1');
    expect(calls.map((call) => [call.path, call.token])).toEqual([
      ['/api/auth/refresh', null],
      ['/api/ws/ticket', 'jwt2'],
    ]);
  });
});

describe('failures', () => {
  it('tells a server that is away from one that refuses', async () => {
    await expect(api(() => Promise.reject(new TypeError('network'))).setup()).rejects.toMatchObject({
      status: 0,
      message: 'The server cannot be reached.',
    });
    const busy: Answer = [429, { error: 'Rate limit exceeded. Try again in 7 seconds.' }, { 'Retry-After': '7' }];
    await expect(api(() => busy).setup()).rejects.toMatchObject({ status: 429, retryAfter: 7 });
  });

  it('does not take a page of a proxy for an answer', async () => {
    await expect(api(() => [200, '<html>']).setup()).rejects.toMatchObject({ code: 'bad_answer' });
  });
});

it('writes parameters into the query, never the token', async () => {
  session.set(pair(1));
  await api(() => [200, { data: {} }]).realtime('site_a&b', { detail: true });
  expect(calls[0]?.path).toBe('/api/realtime?siteId=site_a%26b&detail=true');
});

it('sends a file as it is, with its own type', async () => {
  session.set(pair(1));
  const sent: RequestInit[] = [];
  const send = (_: string, init: RequestInit) => {
    sent.push(init);
    return Promise.resolve(new Response('{"data":{"id":"shot_abc123"}}', { status: 201 }));
  };
  const options = { session, exclusive: lockedBy(undefined), now: () => now };
  const client = new Api({ fetch: send as typeof fetch, ...options });
  const picture = new Blob(['png'], { type: 'image/png' });
  await client.upload('/api/heatmaps/screenshots', { path: '/' }, picture);
  expect(sent[0]?.body).toBe(picture);
  expect(new Headers(sent[0]?.headers).get('Content-Type')).toBe('image/png');
});

it('waits longer for files than for answers', async () => {
  const timeout = vi.spyOn(AbortSignal, 'timeout');
  const client = api(() => [200, { data: {} }]);
  await client.get('/api/sites');
  await client.file('/api/export');
  await client.upload('/api/heatmaps/screenshots', {}, new Blob(['{}'], { type: 'image/png' })).catch(() => undefined);
  expect(timeout.mock.calls.map(([ms]) => ms)).toEqual([15_000, 600_000, 600_000]);
  timeout.mockRestore();
});
