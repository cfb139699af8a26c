import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from './api';
import type { ClientFrame, ServerFrame } from './protocol';
import { LiveSocket } from './socket';
import { createStream, type Stream } from './store';

/** The server's end of a connection. */
class FakeSocket {
  readyState = 1;
  sent: ClientFrame[] = [];
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as ClientFrame);
  }

  close(): void {
    this.readyState = 3;
  }

  say(frame: ServerFrame): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  end(code: number): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }

  greet(): void {
    this.say({ type: 'hello', version: 1, authTimeoutMs: 10_000, pingIntervalMs: 25_000 });
    this.say({ type: 'ready', connectionId: 'c_1', userId: 'user_abc123', expiresAt: '2026-01-16T16:30:20.000Z' });
  }

  last<T extends ClientFrame['type']>(type: T): Extract<ClientFrame, { type: T }> | undefined {
    return this.sent.findLast((frame) => frame.type === type) as Extract<ClientFrame, { type: T }> | undefined;
  }

  count(type: ClientFrame['type']): number {
    return this.sent.filter((frame) => frame.type === type).length;
  }
}

let sockets: FakeSocket[];
let tickets: (() => Promise<string>)[];
let live: LiveSocket;
let stream: Stream<{ n: number }>;
const current = () => sockets.at(-1) as FakeSocket;
const settle = () => vi.advanceTimersByTimeAsync(0);
const kind = () => live.connection.value.kind;

async function start(poll?: () => Promise<unknown>): Promise<() => void> {
  const end = live.subscribe({
    topic: 'realtime',
    siteId: 'site_abc123',
    params: { detail: true },
    sink: stream,
    ...(poll ? { poll } : {}),
  });
  await settle();
  return end;
}

function subscribeAnswer(seq: number, resumed: boolean, epoch = 'k3v9'): void {
  const id = current().last('subscribe')?.id ?? '';
  current().say({ type: 'subscribed', id, topic: 'realtime', siteId: 'site_abc123', epoch, seq, resumed });
  if (!resumed) current().say({ type: 'snapshot', id, epoch, seq, data: { n: seq } });
}

function delta(prev: number, seq: number): void {
  const id = current().last('subscribe')?.id ?? '';
  current().say({ type: 'delta', id, prev, seq, op: 'patch', data: { n: seq }, at: '2026-01-15T16:30:21.004Z' });
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-01-15T16:30:20.000Z') });
  sockets = [];
  tickets = [];
  stream = createStream();
  live = new LiveSocket({
    open: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
    ticket: () => (tickets.shift() ?? (() => Promise.resolve(`wst_${sockets.length + 1}`)))(),
    renewedTicket: () => Promise.resolve('wst_renewed'),
    random: () => 0.5,
  });
});

afterEach(() => {
  live.stop();
  vi.useRealTimers();
});

describe('a connection', () => {
  it('says who it is with a ticket, subscribes and follows', async () => {
    await start();
    expect(current().sent).toEqual([]);
    current().greet();
    expect(current().sent.slice(0, 2)).toEqual([
      { type: 'auth', ticket: 'wst_1' },
      { type: 'subscribe', id: 's1', topic: 'realtime', siteId: 'site_abc123', params: { detail: true } },
    ]);
    subscribeAnswer(41, false);
    delta(41, 42);
    expect([kind(), stream.data.value]).toEqual(['live', { n: 42 }]);
  });

  it('resumes after a loss, by a new ticket, and shows the old numbers meanwhile', async () => {
    await start();
    current().greet();
    subscribeAnswer(41, false);
    current().end(1006);
    expect(live.connection.value).toMatchObject({ kind: 'lost', retryAt: Date.now() + 1_000 });
    expect(stream.data.value).toEqual({ n: 41 });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sockets).toHaveLength(2);
    current().greet();
    expect(current().last('auth')).toEqual({ type: 'auth', ticket: 'wst_2' });
    expect(current().last('subscribe')).toMatchObject({ resume: { epoch: 'k3v9', seq: 41 } });
    subscribeAnswer(45, true);
    delta(41, 45);
    expect([kind(), stream.data.value]).toEqual(['live', { n: 45 }]);
  });

  it('subscribes again without a position when a delta is missing', async () => {
    await start();
    current().greet();
    subscribeAnswer(41, false);
    delta(43, 44);
    expect(stream.data.value).toEqual({ n: 41 });
    expect(current().last('unsubscribe')).toEqual({ type: 'unsubscribe', id: 's1' });
    const again = current().last('subscribe');
    expect(again?.id).not.toBe('s1');
    expect(again).not.toHaveProperty('resume');
    subscribeAnswer(44, false);
    expect(stream.data.value).toEqual({ n: 44 });
  });

  it('hears nothing of a subscription that was taken back', async () => {
    const end = await start();
    current().greet();
    subscribeAnswer(41, false);
    end();
    expect(current().last('unsubscribe')).toEqual({ type: 'unsubscribe', id: 's1' });
    delta(41, 42);
    expect(stream.data.value).toEqual({ n: 41 });
  });

  it('renews itself before it expires', async () => {
    await start();
    current().greet();
    current().say({ type: 'expiring', at: '2026-01-16T16:30:20.000Z' });
    await settle();
    expect(current().last('auth')).toEqual({ type: 'auth', ticket: 'wst_renewed' });
    current().say({ type: 'ready', connectionId: 'c_1', userId: 'user_abc123', expiresAt: '2026-01-17T16:30:20.000Z' });
    expect(current().count('subscribe')).toBe(1);
  });
});

describe('the heartbeat', () => {
  it('measures the clock and asks every 25 s', async () => {
    await start();
    current().greet();
    const { nonce } = current().last('ping') ?? { nonce: '' };
    await vi.advanceTimersByTimeAsync(100);
    current().say({ type: 'pong', nonce, serverTime: '2026-01-15T16:30:25.050Z' });
    expect(live.clockOffset.value).toBe(5_000);
    await vi.advanceTimersByTimeAsync(25_000);
    expect(current().count('ping')).toBe(2);
  });

  it('takes ten seconds of silence for a loss', async () => {
    await start();
    current().greet();
    await vi.advanceTimersByTimeAsync(9_999);
    expect(kind()).toBe('live');
    await vi.advanceTimersByTimeAsync(1);
    expect(kind()).toBe('lost');
  });

  it('asks at once when the page wakes up', async () => {
    await start();
    current().greet();
    const { nonce } = current().last('ping') ?? { nonce: '' };
    current().say({ type: 'pong', nonce, serverTime: '2026-01-15T16:30:20.000Z' });
    live.wake();
    expect(current().count('ping')).toBe(2);
  });

  it('gives up a socket that never becomes ready', async () => {
    await start();
    await vi.advanceTimersByTimeAsync(15_000);
    expect(kind()).toBe('lost');
    current().greet();
    expect(kind()).toBe('lost');
  });
});

describe('coming back', () => {
  it('backs off, and forgets the failures after a good minute', async () => {
    await start();
    const wait = () => {
      const now = live.connection.value;
      return now.kind === 'lost' ? now.retryAt - Date.now() : -1;
    };
    for (const want of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      current().end(1006);
      expect(wait()).toBe(want);
      await vi.advanceTimersByTimeAsync(want);
    }
    current().greet();
    for (let i = 0; i < 3; i++) {
      const { nonce } = current().last('ping') ?? { nonce: '' };
      current().say({ type: 'pong', nonce, serverTime: '2026-01-15T16:30:20.000Z' });
      await vi.advanceTimersByTimeAsync(25_000);
    }
    current().end(1011);
    expect(wait()).toBe(1_000);
  });

  it.each([1000, 1009, 4000])('never comes back after %i', async (code) => {
    await start();
    current().greet();
    current().end(code);
    expect(kind()).toBe('stopped');
    live.wake();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(sockets).toHaveLength(1);
  });

  it('waits a minute after "too many", whatever wakes it', async () => {
    await start();
    current().end(4009);
    live.wake();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sockets).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2_500);
    expect(sockets).toHaveLength(2);
  });

  it('tries at once when the network is back', async () => {
    await start();
    for (let i = 0; i < 4; i++) {
      current().end(1006);
      await vi.advanceTimersByTimeAsync(1_000 * 2 ** i);
    }
    current().end(1006);
    live.wake();
    await settle();
    expect(sockets).toHaveLength(6);
  });

  it('stops when the sign-in has ended, and waits as told when a ticket is refused', async () => {
    tickets = [() => Promise.reject(new ApiError(429, 'rate_limited', 'Rate limit exceeded.', 42))];
    await start();
    expect(live.connection.value).toMatchObject({
      kind: 'lost',
      retryAt: Date.now() + 42_000,
      meaning: 'Rate limit exceeded.',
    });
    tickets = [() => Promise.reject(new ApiError(401, 'unauthorized', 'Invalid or expired token'))];
    await vi.advanceTimersByTimeAsync(42_000);
    expect(kind()).toBe('stopped');
  });
});

describe('refusals', () => {
  const refuse = (code: string, error: string, retryAfter?: number) =>
    current().say({
      type: 'error',
      id: current().last('subscribe')?.id ?? '',
      code,
      error,
      ...(retryAfter ? { retryAfter } : {}),
    });

  it.each([
    ['forbidden', 'forbidden'],
    ['not_found', 'site_deleted'],
  ])('%s ends the stream', async (code, reason) => {
    await start();
    current().greet();
    expect(live.ended.value).toBeNull();
    refuse(code, 'Access denied');
    expect(stream.ended.value).toBe(reason);
    expect(live.ended.value).toEqual({ siteId: 'site_abc123', reason });
  });

  it('ends a stream whose site was deleted, for good', async () => {
    await start();
    current().greet();
    subscribeAnswer(41, false);
    current().say({ type: 'unsubscribed', id: 's1', reason: 'site_deleted' });
    expect(stream.ended.value).toBe('site_deleted');
    expect(live.ended.value).toEqual({ siteId: 'site_abc123', reason: 'site_deleted' });
    current().end(1006);
    await vi.advanceTimersByTimeAsync(1_000);
    current().greet();
    expect(current().count('subscribe')).toBe(0);
  });

  it('repeats a subscribe that the server was too busy for', async () => {
    await start();
    current().greet();
    refuse('rate_limited', 'Rate limit exceeded. Try again in 7 seconds.', 7);
    await vi.advanceTimersByTimeAsync(6_999);
    expect(current().count('subscribe')).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(current().count('subscribe')).toBe(2);
  });

  it('repeats it at once when the reader asks', async () => {
    await start();
    current().greet();
    refuse('internal_error', 'Internal server error');
    expect(stream.error.value?.message).toBe('Internal server error');
    live.retry();
    await settle();
    expect(current().count('subscribe')).toBe(2);
    subscribeAnswer(41, false);
    expect(stream.error.value).toBeNull();
  });

  it('shows what the server does not understand and does not repeat it', async () => {
    await start();
    current().greet();
    refuse('invalid_params', 'Invalid time period');
    expect(stream.error.value?.message).toBe('Invalid time period');
    await vi.advanceTimersByTimeAsync(9_000);
    expect(current().count('subscribe')).toBe(1);
  });
});

describe('polling', () => {
  it('takes over after eight seconds and hands back to a fresh snapshot', async () => {
    let n = 100;
    await start(() => Promise.resolve({ n: n++ }));
    current().greet();
    subscribeAnswer(41, false);
    tickets = Array.from(
      { length: 3 },
      () => () => Promise.reject(new ApiError(0, 'unreachable', 'The server cannot be reached.')),
    );
    current().end(1006);
    await vi.advanceTimersByTimeAsync(7_999);
    expect(stream.data.value).toEqual({ n: 41 });
    await vi.advanceTimersByTimeAsync(1);
    expect(stream.data.value).toEqual({ n: 100 });
    expect(live.connection.value).toMatchObject({ kind: 'lost', polling: true });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(stream.data.value).toEqual({ n: 101 });
    current().greet();
    expect(current().last('subscribe')).not.toHaveProperty('resume');
    subscribeAnswer(60, false);
    await vi.advanceTimersByTimeAsync(9_000);
    expect([kind(), stream.data.value, n]).toEqual(['live', { n: 60 }, 102]);
  });

  it('waits as long as the server says', async () => {
    const calls: number[] = [];
    await start(() => {
      calls.push(Date.now());
      return Promise.reject(new ApiError(429, 'rate_limited', 'Rate limit exceeded.', 33));
    });
    current().end(4000);
    await vi.advanceTimersByTimeAsync(70_000);
    expect(calls.map((at) => at - (calls[0] ?? 0))).toEqual([0, 33_000, 66_000]);
  });

  it('stops with the subscription', async () => {
    let asked = 0;
    const end = await start(() => Promise.resolve({ n: ++asked }));
    current().end(4000);
    await vi.advanceTimersByTimeAsync(0);
    expect(asked).toBe(1);
    end();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toBe(1);
  });
});
