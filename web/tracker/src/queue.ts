// Events wait here, are sent together, and again with the same ids when that failed.
import { path } from './address';
import { config, script } from './config';
import { log } from './safe';
import { unwanted } from './unwanted';

export type Fields = Record<string, unknown>;

let queue: Fields[] = [];
let queued = 0; // events since the start
let settled: unknown; // when everything that was sent is answered or given up

/** Queues an event. Its properties are what the page and the collector of heatmaps tell each other, in short names. */
export interface Emit {
  (fields: Fields): void;
  /** Listens on the window. */
  o?: (handlers: Record<string, (e: any) => unknown>) => void;
  /** When the newest pageview began (ms); 0 or undefined: there is none. */
  b?: number;
  /** What the collector collects: a list of click, scroll and move, or `true` for its own choice; empty: nothing. */
  k?: string | readonly string[];
  /** Ends the collector's page; returns further fields of its scroll event. */
  e?: () => Fields | undefined;
}

/**
 * Queues an event of this page and moment; fields may say another. Its id has 9 random bytes. It waits for 5 s, or until 10 wait, or until a
 * request with one more would be larger than 60,000 bytes.
 */
export const emit: Emit = (fields) => {
  fields = {
    path,
    timestamp: +new Date(),
    id: btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(9)))).replace(/\W/g, (c) =>
      c > '.' ? '_' : '-',
    ),
    ...fields,
  };
  log(fields);
  if (new Blob([JSON.stringify([queue, fields])]).size > 59e3) flush();
  queued++;
  if (queue.push(fields) > 9) flush();
  else if (!queue[1]) setTimeout((waiting: Fields[]) => waiting == queue && flush(), 5e3, queue);
};

/** Sends what waits. What it returns settles when everything that was sent has. */
export const flush = (): unknown => (settled = send(settled));

/**
 * A text/plain request, which needs no preflight and outlives the page; the same again after 1, 2 and 4 s, as long as its events are among the
 * newest 100. A beacon, of whose answer nothing is known, is for browsers without such requests, and for a hidden page whose request fails: it
 * may have no other chance. Paths are judged only here, for the sake of settings that waited for the script.
 */
const send = async (
  before: unknown,
  upTo = queued,
  to = config.api || new URL('/api/track', script.src),
  events = queue.filter((event) => !unwanted(event)),
  body = JSON.stringify({ siteId: config.site, sentAt: +new Date(), events }),
): Promise<void> => {
  queue = [];
  for (
    let wait = 1, answer: any;
    !events.every(unwanted) &&
    91 > queued - upTo &&
    ((answer =
      'keepalive' in new Request(script.src)
        ? (await fetch(to, { method: 'POST', body, keepalive: true, credentials: 'omit' }).catch(log)) ||
          (document.hidden && navigator.sendBeacon(to, body))
        : navigator.sendBeacon(to, body)),
    wait < 5 && (!answer || /429|5../.test(answer.status)));
    wait *= 2
  )
    await new Promise((resolve) => setTimeout(resolve, Math.max(wait, answer.headers?.get('retry-after') | 0) * 1e3));
  await before;
};
