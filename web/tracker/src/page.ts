// The page that is looked at: its pageview, how long it is looked at and how far down.
import { config } from './config';
import { type Fields, flush, put } from './queue';

let path = ''; // of the newest pageview
let seen: string; // the address at that time
let began = 0; // performance.now() of it
let seq = 0;
let engaged = 0; // ms visible and focused that are not sent
let since: number | false = 0; // when it became so; 0: it is not
let depth = 0; // greatest, percent
let left = 0; // 1: nobody came back since the page was left

const root = document.documentElement;

/** The path that the address says. */
const address = (): string =>
  location.pathname + (config.query == 'true' ? location.search : '') + (config.hash == 'true' ? location.hash : '');

/** Milliseconds since the pageview. */
export const sinceView = (): number => performance.now() - began;

/** Queues an event of this page and moment; fields may say another. Its id has 9 random bytes. */
export const emit = (fields: Fields): void =>
  put({
    path: path || address(),
    timestamp: Date.now(),
    id: btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(9)))).replace(/\W/g, '-'),
    ...fields,
  });

/** Takes the time until now, and whether it goes on. */
const look = (): void => {
  if (since) engaged += performance.now() - since;
  since = !document.hidden && document.hasFocus() && performance.now();
};

/** Notes how far down the window shows. */
export const measure = (): void => {
  depth = Math.max(depth, ((scrollY + innerHeight) / root.scrollHeight) * 100);
};

/** Sends what is known of the page that is left or hidden, and what waits: there may be no other chance. */
export const leave = (): void => {
  look();
  if (path && !left) {
    left = 1;
    if (engaged >= 100) {
      emit({ type: 'engagement', timeOnPage: Math.round(engaged / 100) / 10, seq: ++seq });
      engaged = 0;
    }
    const more = config.end?.();
    if (more || config.trackScroll != 'false') {
      measure();
      emit({
        type: 'scroll',
        depth,
        viewport: { width: innerWidth, height: innerHeight },
        document: { width: root.scrollWidth, height: root.scrollHeight },
        ...more,
      });
    }
  }
  flush();
};

/** Somebody looks, looks away, or the page is hidden. */
export const changed = (): void => {
  if (document.hidden) leave();
  else {
    left = 0;
    look();
  }
};

/** Counts a pageview and ends the one before. The same path within 500 ms counts once. */
export const open = (to?: string, referrer = document.referrer): void => {
  seen = address();
  to ||= seen;
  if (to == path && sinceView() < 500) return;
  leave();
  path = to;
  began = performance.now();
  engaged = seq = depth = left = 0;
  const utm: Fields = {};
  let clickId: string | undefined;
  new URLSearchParams(location.search).forEach((value, name) => {
    if (/^utm_/.test(name)) utm[name.slice(4)] = value;
    if (/^(([gdy]|t[tw])clid|[gw]braid|msclkid|li_fat_id)$/.test(name)) clickId ||= name;
  });
  emit({ type: 'pageview', referrer, utm, clickId });
};

/** A page that comes back from the cache is a new pageview; the one before has ended. */
export const restore = ({ persisted }: PageTransitionEvent): void => {
  if (persisted) {
    path = '';
    open();
  }
};

/** Follows the routes of a single-page application. */
export const route = (): void => {
  if (config.spa != 'false' && address() != seen) open('', '');
};

/** The next heartbeat, and those after it. */
export const pulse = (): void => {
  setTimeout(
    () => {
      if (!document.hidden && +config.heartbeat) emit({ type: 'heartbeat' });
      pulse();
    },
    Math.max(15, Math.min(300, config.heartbeat)) * 1e3,
  );
};
