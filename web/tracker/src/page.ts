// The page that is looked at: its pageview, how long it is looked at and how far down.
import { config, isOn } from './config';
import { type Fields, flush, put } from './queue';
import { safe } from './safe';

/** The path that the address says. */
const address = (): string =>
  location.pathname + (isOn('query') ? location.search : '') + (isOn('hash') ? location.hash : '');

let path = ''; // of the newest pageview
let seen = address(); // the newest that was looked at
let seq = 0;
let engaged = 0; // ms visible and focused that are not sent
let since = 0; // when it became so; 0: it is not
let depth = 0; // greatest, percent
let left = 0; // 1: nobody came back since the page was left

const root = document.documentElement;

/** Queues an event of this page and moment; fields may say another. Its id has 9 random bytes. */
export const emit = (fields: Fields): void =>
  put({
    path: path || address(),
    timestamp: Date.now(),
    id: btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(9)))).replace(/\W/g, (c) =>
      c > '.' ? '_' : '-',
    ),
    ...fields,
  });

/** Takes the time until now, whether it goes on, and how far down the window shows. */
const look = (): void => {
  engaged += since && performance.now() - since;
  since = +(!document.hidden && document.hasFocus() && performance.now());
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
    if (config.trackScroll != 'false')
      emit({
        type: 'scroll',
        depth,
        viewport: { width: innerWidth, height: innerHeight },
        document: { width: root.scrollWidth, height: root.scrollHeight },
        ...more,
      });
  }
  flush();
};

/** Counts a pageview and ends the one before. The same path within 500 ms counts once. */
export const open = (to?: unknown, referrer = document.referrer): void => {
  seen = address();
  const next = to ? to + '' : seen;
  if (next == path && performance.now() - config.began < 500) return;
  leave();
  path = next;
  config.began = performance.now();
  engaged = seq = depth = left = 0;
  const utm: Fields = {};
  new URLSearchParams(location.search).forEach((value, name) => {
    if (/^utm_/.test(name)) utm[name.slice(4)] = value;
  });
  emit({
    type: 'pageview',
    referrer,
    utm,
    clickId: /[?&](([gdy]|t[tw])clid|[gw]braid|msclkid|li_fat_id)=/.exec(location.search)?.[1],
  });
};

/**
 * Somebody looks, looks away, scrolls, comes or goes, or the application has another route. A page that comes back from the cache is a new
 * pageview; the one before has ended.
 */
export const changed = safe(({ persisted }: { persisted?: boolean }): void => {
  if (persisted) {
    path = '';
    open();
  } else if (config.spa != 'false' && address() != seen) open('', '');
  if (document.hidden) leave();
  else {
    left = 0;
    look();
  }
});
