// Events wait here, are sent together, and again with the same ids when that failed.
import { config, server } from './config';
import { allowed } from './exclude';
import { ignored } from './optout';
import { log } from './safe';

export type Fields = Record<string, unknown>;

let queue: Fields[] = [];
let queued = 0; // events since the start
let timer: ReturnType<typeof setTimeout>;
/** Settles when everything that was sent is answered or given up. */
export let settled: unknown;

/** Queues an event for 5 s, or until 10 wait, or until a request with one more would be larger than 60,000 bytes. */
export const put = (event: Fields): void => {
  if (ignored()) return;
  log(event);
  if (new Blob([JSON.stringify([queue, event])]).size > 59e3) flush();
  queued++;
  if (queue.push(event) > 9) flush();
  else if (!queue[1]) timer = setTimeout(flush, 5e3);
};

/** Sends what waits. */
export const flush = (): unknown => (settled = send(settled));

/**
 * A text/plain request, which needs no preflight and outlives the page; the same again after 1, 2 and 4 s, as long as its events are among the
 * newest 100. A beacon, of whose answer nothing is known, is for browsers without such requests, and for a hidden page whose request fails: it
 * may have no other chance, and the ids make it count once. Paths are judged only here, for the sake of settings that waited for the script.
 */
const send = async (before: unknown): Promise<unknown> => {
  const upTo = queued;
  const to = config.api || server('/api/track');
  const events = queue.filter(allowed);
  const body = JSON.stringify({ siteId: config.site, sentAt: Date.now(), events });
  clearTimeout(timer);
  queue = [];
  for (let wait = 1; events[0] && !ignored() && queued - upTo < 91; wait *= 2) {
    let answer: any = { status: 500 };
    try {
      answer = await ('keepalive' in Request.prototype
        ? fetch(to, { method: 'POST', body, keepalive: true, credentials: 'omit' })
        : navigator.sendBeacon(to, body));
    } catch (error) {
      log(error);
      document.hidden && navigator.sendBeacon(to, body);
    }
    if (wait > 4 || !/429|5../.test(answer.status)) break;
    await new Promise((resolve) => setTimeout(resolve, Math.max(wait, answer.headers?.get('Retry-After') | 0) * 1e3));
  }
  return before;
};
