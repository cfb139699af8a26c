// The fallback while there is no live connection: asks REST for what the stream would say, slowly enough for the rate limits.
import { ApiError } from './api';
import type { Subscription } from './subscription';

const EVERY_MS = 10_000;

/** Polls the subscriptions until stop is called. heard is called after each answer. */
export class Poller {
  /** A subscription that is being asked about has no timer. */
  #timers = new Map<Subscription, ReturnType<typeof setTimeout> | undefined>();
  #running = false;

  constructor(
    private readonly subscriptions: () => Iterable<Subscription>,
    private readonly heard: () => void,
  ) {}

  /** Starts, and takes up subscriptions that came since the last call. */
  start(): void {
    this.#running = true;
    for (const subscription of this.subscriptions()) {
      if (!subscription.wish.poll || subscription.over || this.#timers.has(subscription)) continue;
      this.#timers.set(subscription, undefined);
      void this.#ask(subscription);
    }
  }

  stop(): void {
    this.#running = false;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #next(subscription: Subscription, delay: number): void {
    clearTimeout(this.#timers.get(subscription));
    this.#timers.set(
      subscription,
      setTimeout(() => void this.#ask(subscription), delay),
    );
  }

  async #ask(subscription: Subscription): Promise<void> {
    const { poll, sink, pollEveryMs = EVERY_MS } = subscription.wish;
    let wait = pollEveryMs;
    if (!this.#wanted(subscription)) return;
    try {
      const data = await poll?.();
      if (!this.#wanted(subscription)) return;
      // The state now is younger than the position: only a snapshot may follow it.
      subscription.position = null;
      sink.snapshot(data, Date.now());
      this.heard();
    } catch (error) {
      if (error instanceof ApiError) wait = Math.max(wait, error.retryAfter * 1_000);
    }
    if (this.#wanted(subscription)) this.#next(subscription, wait);
  }

  #wanted(subscription: Subscription): boolean {
    if (!this.#running) return false;
    for (const one of this.subscriptions()) if (one === subscription) return !one.over;
    this.#timers.delete(subscription);
    return false;
  }
}
