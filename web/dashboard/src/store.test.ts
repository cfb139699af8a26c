import { describe, expect, it } from 'vitest';
import { applyDelta, createStream, mergePatch } from './store';

describe('mergePatch', () => {
  // The table of RFC 7396, appendix A.
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j + %j = %j', (target, patch, want) => {
    expect(mergePatch(target, patch)).toEqual(want);
  });

  it('leaves the target alone and shares what did not change', () => {
    const target = { a: { n: 1 }, b: { n: 2 } };
    const next = mergePatch(target, { b: { n: 3 } }) as typeof target;
    expect(target.b.n).toBe(2);
    expect(next.a).toBe(target.a);
  });

  it('treats hostile keys as keys', () => {
    const patch = JSON.parse('{"pages":{"__proto__":{"polluted":1},"constructor":2}}');
    const next = mergePatch({ pages: {} }, patch) as { pages: object };
    expect(Object.keys(next.pages)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(next.pages)).toBe(Object.prototype);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe('applyDelta', () => {
  it('follows the example of the contract', () => {
    const state = { activeVisitors: 10, pageBreakdown: { '/docs': 5, '/signup': 1 } };
    expect(applyDelta(state, 'patch', { activeVisitors: 9, pageBreakdown: { '/signup': null } })).toEqual({
      activeVisitors: 9,
      pageBreakdown: { '/docs': 5 },
    });
  });

  it('puts appended items first, the newest foremost, and keeps 50', () => {
    const state = { items: Array.from({ length: 49 }, (_, i) => ({ id: `old${i}` })), skipped: 3 };
    const next = applyDelta(state, 'append', [{ id: 'a' }, { id: 'b' }]) as {
      items: { id: string }[];
      skipped: number;
    };
    expect(next.items.slice(0, 3).map((item) => item.id)).toEqual(['b', 'a', 'old0']);
    expect(next.items).toHaveLength(50);
    expect(next.skipped).toBe(3);
  });

  it('updates the item with the same id and no other', () => {
    const state = {
      items: [
        { id: 'a', v: 1 },
        { id: 'b', v: 1 },
      ],
    };
    expect(applyDelta(state, 'update', { id: 'b', v: 2 })).toEqual({
      items: [
        { id: 'a', v: 1 },
        { id: 'b', v: 2 },
      ],
    });
    expect(applyDelta(state, 'update', { id: 'c', v: 2 })).toEqual(state);
  });
});

it('a stream keeps its data through an error and drops the error with the next data', () => {
  const stream = createStream<{ n: number }>();
  stream.snapshot({ n: 1 }, 1_000);
  stream.fail({ message: 'Internal server error', requestId: 'r1' });
  expect([stream.data.value, stream.error.value?.requestId]).toEqual([{ n: 1 }, 'r1']);
  stream.delta('patch', { n: 2 }, 2_000);
  expect([stream.data.value, stream.changedAt.value, stream.error.value]).toEqual([{ n: 2 }, 2_000, null]);
});
