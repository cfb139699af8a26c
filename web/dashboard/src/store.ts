// The state of a live topic: how deltas change it (pure), and the signals that panels render from.
import { signal, type Signal } from '@preact/signals';
import type { Op } from './protocol';

const KEPT_ITEMS = 50;

type Json = Record<string, unknown>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * JSON Merge Patch (RFC 7396). The target is not changed; what the patch leaves alone is shared with the result. Keys are visitors' words
 * (paths, sources), so they are put together with fromEntries: a key like __proto__ stays a key.
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const members = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) members.delete(key);
    else members.set(key, mergePatch(members.get(key), value));
  }
  return Object.fromEntries(members);
}

function items(state: unknown): unknown[] {
  return isObject(state) && Array.isArray(state['items']) ? state['items'] : [];
}

/** The state after one delta. */
export function applyDelta(state: unknown, op: Op, data: unknown): unknown {
  switch (op) {
    case 'patch':
      return mergePatch(state, data);
    case 'append': {
      const fresh = Array.isArray(data) ? [...data].reverse() : [];
      return { ...(isObject(state) ? state : {}), items: [...fresh, ...items(state)].slice(0, KEPT_ITEMS) };
    }
    case 'update': {
      const id = isObject(data) ? data['id'] : undefined;
      return {
        ...(isObject(state) ? state : {}),
        items: items(state).map((item) => (isObject(item) && item['id'] === id ? data : item)),
      };
    }
    default:
      return op satisfies never;
  }
}

/** A failure that a panel shows in its own place. */
export interface StreamError {
  message: string;
  /** Null when the failure came over the socket. */
  requestId: string | null;
}

/** Why nothing more will come: rights were taken away or the site was deleted. */
export type End = 'forbidden' | 'site_deleted';

/** One live topic as panels see it. data is null until the first snapshot and keeps the last state while the connection is away. */
export interface Stream<T> {
  data: Signal<T | null>;
  /** Clock time (ms) at which data was last replaced or confirmed by the server; 0: never. */
  changedAt: Signal<number>;
  error: Signal<StreamError | null>;
  /** Null: it goes on. */
  ended: Signal<End | null>;
  snapshot(data: unknown, now: number): void;
  delta(op: Op, data: unknown, now: number): void;
  fail(error: StreamError): void;
  end(reason: End): void;
}

export function createStream<T>(): Stream<T> {
  const data = signal<T | null>(null);
  const changedAt = signal(0);
  const error = signal<StreamError | null>(null);
  const ended = signal<End | null>(null);
  const replace = (next: unknown, now: number) => {
    data.value = next as T;
    changedAt.value = now;
    error.value = null;
  };
  return {
    data,
    changedAt,
    error,
    ended,
    snapshot: replace,
    delta: (op, change, now) => replace(applyDelta(data.peek(), op, change), now),
    fail: (failure) => void (error.value = failure),
    end: (reason) => void (ended.value = reason),
  };
}
