// Events wait here, are sent together, and again with the same ids when that failed.
import { config, server } from './config';
import { excluded } from './exclude';
import { ignored } from './optout';

export type Fields = Record<string, unknown>;

let queue: Fields[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;
/** Settles when what was sent last is answered or given up. */
export let settled: Promise<unknown> = Promise.resolve();

/** Queues an event for 5 s, or until 10 wait, or until 20,000 characters do: at most 60,000 bytes, as browsers take 64 KiB for keepalive. */
export const put = (event: Fields): void => {
  if (ignored()) return;
  if (`${config.debug}` == 'true') console.log(event);
  if (JSON.stringify([queue, event]).length > 19e3) flush();
  queue.push(event);
  timer ||= setTimeout(flush, 5e3);
  if (queue[9]) flush();
};

/** Sends what waits. Paths are judged only here, for the sake of settings that waited for the script. */
export const flush = (): void => {
  const events = queue.filter(({ path }) => !excluded([config.exclude, config.ignorePaths], path));
  timer = clearTimeout(timer) as undefined;
  queue = [];
  if (events[0]) settled = send(JSON.stringify({ siteId: config.site || config.siteId, sentAt: Date.now(), events }));
};

/**
 * A text/plain request, which needs no preflight and outlives the page; the same again after 1, 2 and 4 s. A beacon, of whose answer nothing
 * is known, is for browsers without such requests, and for a page that is going and has no other chance: the ids make it count once.
 */
const send = async (body: string, wait = 1): Promise<void> => {
  const to = config.api || server('/api/track');
  let answer: Response | undefined;
  if (ignored()) return;
  try {
    if (!('keepalive' in Request.prototype)) return void navigator.sendBeacon(to, body);
    answer = await fetch(to, { method: 'POST', body, keepalive: true, credentials: 'omit' });
  } catch {
    if (document.hidden) navigator.sendBeacon(to, body);
  }
  if (wait > 4 || (answer && !/429|5../.test(answer.status as never))) return;
  await new Promise((resolve) => setTimeout(resolve, Math.max(wait, +answer?.headers.get('Retry-After')! || 0) * 1e3));
  return send(body, wait * 2);
};
