// What a screen reader is told of a number that moves all the time: not every change, never an old one. Pure.

export const PAUSE_MS = 15_000;

/** Lets a text through when it is new and the last one is PAUSE_MS old; otherwise says how long to wait. */
export class Announcer {
  #said = '';
  #saidAt = -Infinity;

  /** Milliseconds until text may be said: 0 says it now, Infinity: there is nothing to say. */
  offer(text: string, now: number): number {
    if (text === this.#said) return Infinity;
    const wait = Math.max(0, this.#saidAt + PAUSE_MS - now);
    if (wait === 0) {
      this.#said = text;
      this.#saidAt = now;
    }
    return wait;
  }
}
