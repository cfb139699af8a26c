import { expect, it } from 'vitest';
import type { ServerFrame } from './protocol';
import { Subscription } from './subscription';

type Data = Extract<ServerFrame, { type: 'subscribed' | 'snapshot' | 'delta' }>;

const subscribed = (epoch: string, seq: number, resumed: boolean): Data => ({
  type: 'subscribed',
  id: 's1',
  topic: 'realtime',
  siteId: 'site_abc123',
  epoch,
  seq,
  resumed,
});
const snapshot = (epoch: string, seq: number): Data => ({ type: 'snapshot', id: 's1', epoch, seq, data: {} });
const delta = (prev: number, seq: number): Data => ({
  type: 'delta',
  id: 's1',
  prev,
  seq,
  op: 'patch',
  data: {},
  at: '',
});

function run(frames: Data[], position: { epoch: string; seq: number } | null = null) {
  const noop = () => undefined;
  const sink = { snapshot: noop, delta: noop, fail: noop, end: noop };
  const subscription = new Subscription({ topic: 'realtime', siteId: 'site_abc123', sink });
  subscription.position = position;
  return { verdicts: frames.map((frame) => subscription.take(frame)), position: subscription.position };
}

it('follows a snapshot by deltas, merged ones too', () => {
  expect(run([subscribed('a', 41, false), snapshot('a', 41), delta(41, 42), delta(42, 45)])).toEqual({
    verdicts: ['ignore', 'apply', 'apply', 'apply'],
    position: { epoch: 'a', seq: 45 },
  });
});

it('resumes from its own position, not from that of the stream', () => {
  expect(run([subscribed('a', 45, true), delta(42, 45)], { epoch: 'a', seq: 42 })).toEqual({
    verdicts: ['ignore', 'apply'],
    position: { epoch: 'a', seq: 45 },
  });
});

it('ignores what it knows', () => {
  expect(run([snapshot('a', 41), delta(40, 41), delta(39, 40)]).verdicts).toEqual(['apply', 'ignore', 'ignore']);
});

it('notices a gap', () => {
  expect(run([snapshot('a', 41), delta(42, 43)]).verdicts).toEqual(['apply', 'gap']);
  expect(run([snapshot('a', 41), delta(40, 43)]).verdicts).toEqual(['apply', 'gap']);
});

it('waits for the snapshot when the server could not resume', () => {
  expect(run([subscribed('b', 7, false), delta(6, 8), snapshot('b', 8), delta(8, 9)], { epoch: 'a', seq: 42 })).toEqual(
    {
      verdicts: ['ignore', 'ignore', 'apply', 'apply'],
      position: { epoch: 'b', seq: 9 },
    },
  );
});

it('does not believe a resume of another epoch', () => {
  expect(run([subscribed('b', 45, true)], { epoch: 'a', seq: 42 }).verdicts).toEqual(['gap']);
  expect(run([subscribed('b', 45, true)]).verdicts).toEqual(['gap']);
});

it('takes a second snapshot at any time', () => {
  expect(run([snapshot('a', 41), snapshot('a', 90), delta(90, 91)]).position).toEqual({ epoch: 'a', seq: 91 });
});
