// The frames of the live connection (GET /ws, subprotocol zta.v1) and its close codes; the server's side is ws/protocol.go.

export const SUBPROTOCOL = 'zta.v1';

export type Topic = 'realtime' | 'stats' | 'query' | 'goals' | 'feed' | 'alerts' | 'activity';

export type Params = Record<string, unknown>;

/** Where a subscription stands: a stream's sequence number within an epoch. */
export interface Position {
  epoch: string;
  seq: number;
}

export type ClientFrame =
  | { type: 'auth'; ticket: string }
  | { type: 'subscribe'; id: string; topic: Topic; siteId: string; params?: Params; resume?: Position }
  | { type: 'unsubscribe'; id: string }
  | { type: 'ping'; nonce: string };

/** How a delta changes the state: RFC 7396 merge patch; new items put first and cut to 50; one item replaced. */
export type Op = 'patch' | 'append' | 'update';

export type ServerFrame =
  | { type: 'hello'; version: number; authTimeoutMs: number; pingIntervalMs: number }
  | { type: 'ready'; connectionId: string; userId: string; expiresAt: string }
  | { type: 'expiring'; at: string }
  | { type: 'subscribed'; id: string; topic: string; siteId: string; epoch: string; seq: number; resumed: boolean }
  | { type: 'snapshot'; id: string; epoch: string; seq: number; data: unknown }
  | { type: 'delta'; id: string; seq: number; prev: number; op: Op; data: unknown; at: string }
  | { type: 'unsubscribed'; id: string; reason: 'client' | 'forbidden' | 'site_deleted' }
  | { type: 'pong'; nonce: string; serverTime: string }
  | { type: 'error'; id: string | null; code: string; error: string; retryAfter?: number };

export type DeltaFrame = Extract<ServerFrame, { type: 'delta' }>;

type Kind = 'string' | 'number' | 'boolean' | 'any';

const required: Record<ServerFrame['type'], Record<string, Kind>> = {
  hello: { pingIntervalMs: 'number' },
  ready: { expiresAt: 'string' },
  expiring: { at: 'string' },
  subscribed: { id: 'string', epoch: 'string', seq: 'number', resumed: 'boolean' },
  snapshot: { id: 'string', epoch: 'string', seq: 'number', data: 'any' },
  delta: { id: 'string', seq: 'number', prev: 'number', op: 'string', data: 'any' },
  unsubscribed: { id: 'string', reason: 'string' },
  pong: { serverTime: 'string' },
  error: { code: 'string', error: 'string' },
};

/** Reads one frame. Null: not a frame that this version knows; unknown fields and types are no error, newer servers may send them. */
export function parseFrame(text: unknown): ServerFrame | null {
  if (typeof text !== 'string') return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const frame = value as Record<string, unknown>;
  const type = frame['type'];
  if (typeof type !== 'string' || !Object.hasOwn(required, type)) return null;
  const fields = required[type as ServerFrame['type']];
  for (const [name, kind] of Object.entries(fields)) {
    if (!(name in frame)) return null;
    if (kind !== 'any' && typeof frame[name] !== kind) return null;
  }
  if (type === 'delta' && !['patch', 'append', 'update'].includes(frame['op'] as string)) return null;
  return frame as unknown as ServerFrame;
}

/** What to do after a close: never again, at once with some jitter, by backoff, after a new token, or after a long wait. */
export type Reconnect = 'never' | 'jitter' | 'backoff' | 'token' | 'minute';

interface Closing {
  reconnect: Reconnect;
  meaning: string;
}

const closings: Record<number, Closing> = {
  1000: { reconnect: 'never', meaning: 'The connection was closed.' },
  1001: { reconnect: 'jitter', meaning: 'The server restarts.' },
  1009: { reconnect: 'never', meaning: 'A message was too large for the server.' },
  1011: { reconnect: 'backoff', meaning: 'The server had an internal error.' },
  4000: {
    reconnect: 'never',
    meaning: 'The server did not understand this page. Reload it to get the current version.',
  },
  4001: { reconnect: 'token', meaning: 'The sign-in has ended.' },
  4007: { reconnect: 'backoff', meaning: 'The connection was silent for too long.' },
  4008: { reconnect: 'backoff', meaning: 'The connection was too slow.' },
  4009: { reconnect: 'minute', meaning: 'Too many dashboards are open.' },
  4029: { reconnect: 'minute', meaning: 'Too many messages were sent.' },
};

/** The rule for a close code. A code the contract does not name, 1006 of a broken network above all, is retried by backoff. */
export function closing(code: number): Closing {
  return closings[code] ?? { reconnect: 'backoff', meaning: 'The connection was lost.' };
}
