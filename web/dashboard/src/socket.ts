// The live connection: opens with a ticket, resumes every subscription where it stood, notices silence, comes back by itself.
import { signal } from '@preact/signals';
import { ApiError } from './api';
import { backoffDelay, minuteDelay, restartDelay } from './backoff';
import { Poller } from './poll';
import { closing, parseFrame, SUBPROTOCOL, type ClientFrame, type Reconnect, type ServerFrame } from './protocol';
import type { End } from './store';
import { Subscription, type Wish } from './subscription';

const READY_WITHIN_MS = 15_000;
const PING_EVERY_MS = 25_000;
const PONG_WITHIN_MS = 10_000;
const GOOD_AFTER_MS = 60_000;
/** Clocks drift: a measurement is good for ten minutes. */
const TRIP_KEPT_MS = 600_000;
const POLL_AFTER_MS = 8_000;
const SUBSCRIBE_AGAIN_S = 5;
/** Our own codes, never on the wire: no answer to a ping, no ready in time. */
const SILENT = 4007;

/** What the badge shows. retryAt is clock time in ms; polling: the numbers are fetched meanwhile. */
export type Connection =
  | { kind: 'connecting' }
  | { kind: 'live' }
  | { kind: 'lost'; retryAt: number; meaning: string; polling: boolean }
  | { kind: 'stopped'; meaning: string; polling: boolean };

export interface SocketOptions {
  /** Opens a WebSocket with the subprotocol. */
  open: (subprotocol: string) => WebSocket;
  ticket: () => Promise<string>;
  /** A ticket of a renewed token, for a connection that expires. */
  renewedTicket: () => Promise<string>;
  random?: () => number;
}

type Timer = ReturnType<typeof setTimeout> | undefined;

/** One connection for the whole page. It opens with the first subscription and stays until stop. */
export class LiveSocket {
  readonly connection = signal<Connection>({ kind: 'connecting' });
  /** Server clock minus this clock, ms, measured by ping. */
  readonly clockOffset = signal(0);
  /** The newest end of a subscription: its site was deleted, or is not the reader's any more, or no longer all of it. */
  readonly ended = signal<{ siteId: string; reason: End } | null>(null);

  #subscriptions = new Set<Subscription>();
  #poller = new Poller(
    () => this.#subscriptions,
    () => this.#setPolling(true),
  );
  #ws: WebSocket | null = null;
  #ready = false;
  #started = false;
  #attempt = 0;
  /** Clock time before which nothing may hurry the next try. */
  #notBefore = 0;
  #connects = 0;
  #ids = 0;
  #ping: { nonce: string; sentAt: number } | null = null;
  #bestTrip = { ms: Infinity, at: 0 };
  #pingEveryMs = PING_EVERY_MS;
  #retry: Timer;
  #deadline: Timer;
  #heartbeat: Timer;
  #pong: Timer;
  #good: Timer;
  #poll: Timer;
  #again: Timer;

  constructor(private readonly options: SocketOptions) {}

  /** Adds a wish; the returned function takes it back. */
  subscribe(wish: Wish): () => void {
    const subscription = new Subscription(wish);
    this.#subscriptions.add(subscription);
    if (!this.#started) {
      this.#started = true;
      this.#startPollingSoon();
      void this.#connect();
    } else if (this.#ready) this.#send(this.#subscribeFrame(subscription));
    else if (this.connection.peek().kind !== 'connecting') this.#startPollingSoon(0);
    return () => {
      this.#subscriptions.delete(subscription);
      if (this.#ready && !subscription.over) this.#send({ type: 'unsubscribe', id: subscription.id });
    };
  }

  /** Something says that the network may be back (online, the page became visible): try now, or ask for a sign of life. */
  wake(): void {
    if (this.#ready) this.#beat();
    else if (this.#retry !== undefined && Date.now() >= this.#notBefore) void this.#connect();
  }

  /** For a retry by hand: connects now, or repeats what was refused. */
  retry(): void {
    if (this.#ready) this.#subscribeAgainIn(0);
    else this.wake();
  }

  /** Ends everything, for signing out. */
  stop(): void {
    this.#drop();
    this.#stopPolling();
    this.#subscriptions.clear();
    this.#started = false;
    this.#attempt = 0;
    this.connection.value = { kind: 'connecting' };
  }

  async #connect(): Promise<void> {
    this.#drop();
    const mine = ++this.#connects;
    let ticket: string;
    try {
      ticket = await this.options.ticket();
    } catch (error) {
      if (mine === this.#connects) this.#noTicket(error);
      return;
    }
    if (mine !== this.#connects) return;
    const ws = this.options.open(SUBPROTOCOL);
    this.#ws = ws;
    ws.onmessage = (event: MessageEvent) => {
      const frame = parseFrame(event.data);
      if (frame) this.#take(frame, ticket);
    };
    ws.onclose = (event: CloseEvent) => this.#lost(event.code);
    this.#deadline = setTimeout(() => this.#lost(SILENT), READY_WITHIN_MS);
  }

  #noTicket(error: unknown): void {
    const status = error instanceof ApiError ? error.status : 0;
    if (status === 401) {
      this.#stopped(closing(4001).meaning);
      return;
    }
    const least = error instanceof ApiError ? error.retryAfter * 1_000 : 0;
    const meaning = error instanceof ApiError ? error.message : closing(1006).meaning;
    this.#notBefore = Date.now() + least;
    this.#retryIn(Math.max(least, backoffDelay(this.#attempt++, this.#random)), meaning);
  }

  #take(frame: ServerFrame, ticket: string): void {
    switch (frame.type) {
      case 'hello':
        this.#pingEveryMs = Math.max(5_000, Math.min(PING_EVERY_MS, frame.pingIntervalMs));
        return this.#send({ type: 'auth', ticket });
      case 'ready':
        return this.#isReady();
      case 'expiring':
        return void this.#extend();
      case 'pong':
        return this.#heard(frame);
      case 'subscribed':
      case 'snapshot':
      case 'delta':
        return this.#data(frame);
      case 'unsubscribed':
        return this.#unsubscribed(frame);
      case 'error':
        return this.#refused(frame);
      default:
        return frame satisfies never;
    }
  }

  #isReady(): void {
    if (this.#ready) return; // an extension of a connection that runs
    clearTimeout(this.#deadline);
    this.#stopPolling();
    this.#ready = true;
    this.connection.value = { kind: 'live' };
    this.#good = setTimeout(() => (this.#attempt = 0), GOOD_AFTER_MS);
    for (const subscription of this.#subscriptions) {
      if (!subscription.over) this.#send(this.#subscribeFrame(subscription));
    }
    this.#beat();
  }

  async #extend(): Promise<void> {
    const ws = this.#ws;
    try {
      const ticket = await this.options.renewedTicket();
      if (ws === this.#ws) this.#send({ type: 'auth', ticket });
    } catch {
      // The server closes with 4001 and the reconnect says what is wrong.
    }
  }

  #subscribeFrame(subscription: Subscription): ClientFrame {
    const { topic, siteId, params } = subscription.wish;
    subscription.id = `s${++this.#ids}`;
    subscription.answered = false;
    return {
      type: 'subscribe',
      id: subscription.id,
      topic,
      siteId,
      ...(params ? { params } : {}),
      ...(subscription.position ? { resume: subscription.position } : {}),
    };
  }

  #find(id: string | null): Subscription | undefined {
    for (const subscription of this.#subscriptions) if (subscription.id === id) return subscription;
    return undefined;
  }

  #data(frame: Extract<ServerFrame, { type: 'subscribed' | 'snapshot' | 'delta' }>): void {
    const subscription = this.#find(frame.id);
    if (!subscription) return;
    const verdict = subscription.take(frame);
    if (verdict === 'gap') {
      this.#send({ type: 'unsubscribe', id: frame.id });
      subscription.position = null;
      this.#send(this.#subscribeFrame(subscription));
    } else if (verdict === 'apply') {
      if (frame.type === 'snapshot') subscription.wish.sink.snapshot(frame.data, Date.now());
      else if (frame.type === 'delta') subscription.wish.sink.delta(frame.op, frame.data, Date.now());
    }
  }

  #unsubscribed(frame: Extract<ServerFrame, { type: 'unsubscribed' }>): void {
    const subscription = this.#find(frame.id);
    if (!subscription || frame.reason === 'client') return;
    this.#end(subscription, frame.reason);
  }

  #end(subscription: Subscription, reason: End): void {
    subscription.over = true;
    subscription.wish.sink.end(reason);
    this.ended.value = { siteId: subscription.wish.siteId, reason };
  }

  #refused(frame: Extract<ServerFrame, { type: 'error' }>): void {
    const subscription = this.#find(frame.id);
    if (frame.code === 'rate_limited') return this.#subscribeAgainIn(frame.retryAfter ?? SUBSCRIBE_AGAIN_S);
    if (!subscription) return;
    switch (frame.code) {
      case 'forbidden':
      case 'not_found':
        return this.#end(subscription, frame.code === 'forbidden' ? 'forbidden' : 'site_deleted');
      case 'unknown_topic':
      case 'invalid_params':
        subscription.over = true;
        break;
      default:
        this.#subscribeAgainIn(frame.retryAfter ?? SUBSCRIBE_AGAIN_S);
    }
    subscription.wish.sink.fail({ message: frame.error, requestId: null });
  }

  /** Repeats, after some seconds, every subscribe that was not answered. */
  #subscribeAgainIn(seconds: number): void {
    clearTimeout(this.#again);
    this.#again = setTimeout(() => {
      for (const subscription of this.#subscriptions) {
        if (!subscription.answered && !subscription.over) this.#send(this.#subscribeFrame(subscription));
      }
    }, seconds * 1_000);
  }

  #beat(): void {
    clearTimeout(this.#heartbeat);
    this.#heartbeat = setTimeout(() => this.#beat(), this.#pingEveryMs);
    if (this.#ping) return;
    this.#ping = { nonce: String(++this.#ids), sentAt: Date.now() };
    this.#pong = setTimeout(() => this.#lost(SILENT), PONG_WITHIN_MS);
    this.#send({ type: 'ping', nonce: this.#ping.nonce });
  }

  #heard(frame: Extract<ServerFrame, { type: 'pong' }>): void {
    if (frame.nonce !== this.#ping?.nonce) return;
    clearTimeout(this.#pong);
    const now = Date.now();
    const tripMs = now - this.#ping.sentAt;
    const offset = Date.parse(frame.serverTime) - (this.#ping.sentAt + now) / 2;
    // The quickest way there and back tells the time best: what was slow was slow on one of the ways, and nobody knows on which.
    const better = tripMs <= this.#bestTrip.ms || now - this.#bestTrip.at > TRIP_KEPT_MS;
    if (Number.isFinite(offset) && better) {
      this.clockOffset.value = offset;
      this.#bestTrip = { ms: tripMs, at: now };
    }
    this.#ping = null;
  }

  #lost(code: number): void {
    const rule = closing(code);
    this.#drop();
    if (rule.reconnect === 'never') this.#stopped(rule.meaning);
    else this.#retryIn(this.#delay(rule.reconnect), rule.meaning);
  }

  #delay(reconnect: Exclude<Reconnect, 'never'>): number {
    switch (reconnect) {
      case 'jitter':
        return restartDelay(this.#random);
      case 'minute': {
        const delay = minuteDelay(this.#random);
        this.#notBefore = Date.now() + delay;
        return delay;
      }
      case 'token': // every connect takes a new ticket, which renews the token when it must
      case 'backoff':
        return backoffDelay(this.#attempt++, this.#random);
      default:
        return reconnect satisfies never;
    }
  }

  #retryIn(delay: number, meaning: string): void {
    const polling = this.#isPolling();
    this.connection.value = { kind: 'lost', retryAt: Date.now() + delay, meaning, polling };
    this.#retry = setTimeout(() => void this.#connect(), delay);
    this.#startPollingSoon();
  }

  #stopped(meaning: string): void {
    this.connection.value = { kind: 'stopped', meaning, polling: this.#isPolling() };
    this.#startPollingSoon(0);
  }

  #isPolling(): boolean {
    const now = this.connection.peek();
    return (now.kind === 'lost' || now.kind === 'stopped') && now.polling;
  }

  #setPolling(polling: boolean): void {
    const now = this.connection.peek();
    if ((now.kind === 'lost' || now.kind === 'stopped') && now.polling !== polling) {
      this.connection.value = { ...now, polling };
    }
  }

  #startPollingSoon(delay = POLL_AFTER_MS): void {
    if (this.#poll === undefined || delay === 0) {
      clearTimeout(this.#poll);
      this.#poll = setTimeout(() => this.#poller.start(), delay);
    }
  }

  #stopPolling(): void {
    clearTimeout(this.#poll);
    this.#poll = undefined;
    this.#poller.stop();
  }

  #send(frame: ClientFrame): void {
    if (this.#ws?.readyState === 1) this.#ws.send(JSON.stringify(frame));
  }

  /** Leaves the current socket and forgets its timers. Late events of it reach nobody. */
  #drop(): void {
    this.#connects++;
    for (const timer of [this.#retry, this.#deadline, this.#heartbeat, this.#pong, this.#good, this.#again]) {
      clearTimeout(timer);
    }
    this.#retry = undefined;
    this.#ready = false;
    this.#ping = null;
    const ws = this.#ws;
    this.#ws = null;
    if (!ws) return;
    ws.onmessage = ws.onclose = null;
    ws.close(1000);
  }

  #random = (): number => (this.options.random ?? Math.random)();
}
