// The server's golden files (ws/testdata) read by this side of the wire: both must understand the same frames, deltas and codes.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { closing, parseFrame, type Op, type Reconnect, type ServerFrame } from './protocol';
import { applyDelta } from './store';
import { Subscription } from './subscription';

function lines<T>(name: string): T[] {
  return readFileSync(join(process.cwd(), '../../ws/testdata', name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}

describe('deltas', () => {
  it.each(lines<{ name: string; state: unknown; op: Op; data: unknown; result: unknown }>('apply.jsonl'))(
    '$name',
    ({ state, op, data, result }) => {
      expect(applyDelta(state, op, data)).toEqual(result);
    },
  );
});

const words: Record<string, Reconnect> = {
  no: 'never',
  yes: 'backoff',
  'with backoff': 'backoff',
  'after 0 to 5 s at random': 'jitter',
  'after fetching a new token': 'token',
  'not before 60 s': 'minute',
};

describe('close codes', () => {
  it.each(lines<{ code: number; reconnect: string }>('close_codes.jsonl'))(
    '$code: $reconnect',
    ({ code, reconnect }) => {
      expect(closing(code).reconnect).toBe(words[reconnect]);
    },
  );
});

it('every error frame is read', () => {
  for (const frame of lines<ServerFrame>('errors.jsonl')) expect(parseFrame(JSON.stringify(frame))).toEqual(frame);
});

const sessions = readdirSync(join(process.cwd(), '../../ws/testdata')).filter((name) => name.startsWith('session'));

it('there is a session of every topic with a list, and of topic query', () => {
  for (const topic of ['query', 'goals', 'feed', 'alerts', 'activity'])
    expect(sessions).toContain(`session_${topic}.jsonl`);
});

it.each(sessions)('every frame of %s is read, and every stream follows without a gap', (name) => {
  const subscriptions = new Map<string, Subscription>();
  const noop = () => undefined;
  const sink = { snapshot: noop, delta: noop, fail: noop, end: noop };
  let applied = 0;
  let state: unknown = null;
  for (const { from, frame } of lines<{ from: string; frame: { type: string; id?: string; resume?: never } }>(name)) {
    if (from === 'client') {
      if (frame.type !== 'subscribe') continue;
      const subscription = new Subscription({ topic: 'realtime', siteId: 'site_abc123', sink });
      subscription.position = frame.resume ?? null;
      subscriptions.set(frame.id ?? '', subscription);
      continue;
    }
    if (from === 'state') {
      expect(state).toEqual(frame);
      continue;
    }
    const read = parseFrame(JSON.stringify(frame));
    expect(read, JSON.stringify(frame)).toEqual(frame);
    if (read?.type === 'subscribed' || read?.type === 'snapshot' || read?.type === 'delta') {
      const verdict = subscriptions.get(read.id)?.take(read);
      expect(verdict, JSON.stringify(frame)).toBe(read.type === 'subscribed' ? 'ignore' : 'apply');
      if (read.type === 'snapshot') state = read.data;
      if (read.type === 'delta') state = applyDelta(state, read.op, read.data);
      applied++;
    }
  }
  expect(applied).toBeGreaterThan(2);
});
