// The page that is looked at: its pageview, how long it is looked at and how far down.
import { address, go, path } from './address';
import { config, root } from './config';
import { emit, type Fields, flush } from './queue';
import { safe } from './safe';

let seen = path; // the newest that was looked at
let seq: number;
let engaged: number; // ms visible and focused that are not sent
let since: any; // when it became so; false: it is not
let depth: number; // greatest, percent
let left: number; // how often the page was left since somebody came to it

/**
 * Takes the time until now, whether it goes on, and how far down the window shows. Of a page that is left or hidden it sends what is known, and
 * what waits: there may be no other chance.
 */
export const look = (gone: unknown = document.hidden): void => {
  engaged += since && +new Date() - since;
  since = !document.hidden && document.hasFocus() && +new Date();
  depth = Math.max(depth, ((scrollY + innerHeight) / root.scrollHeight) * 100);
  if (gone) {
    if (emit.b && !left++) {
      if (engaged > 99) {
        emit({ type: 'engagement', timeOnPage: Math.round(engaged / 100) / 10, seq: ++seq });
        engaged = 0;
      }
      if (/l/.test(config.trackScroll)) emit.e?.();
      else
        emit({
          type: 'scroll',
          depth,
          viewport: { width: innerWidth, height: innerHeight },
          document: { width: root.scrollWidth, height: root.scrollHeight },
          ...emit.e?.(),
        });
    }
    flush();
  } else left = 0;
};

/** Counts a pageview and ends the one before. The same path within 500 ms counts once. */
export const open = (to?: unknown, referrer = document.referrer, utm: Fields = {}, clickId?: unknown): void => {
  seen = address();
  to = (to || seen) + '';
  if (to != path || !(500 > +new Date() - emit.b!)) {
    look(1);
    go(to as string);
    emit.b = +new Date();
    engaged = seq = depth = left = 0;
    for (const [name, value] of new URL(location as never).searchParams)
      if (/^utm_/.test(name)) utm[name.slice(4)] = value;
      else if (/^(([gdy]|t[tw])clid|[gw]braid|msclkid|li_fat_id)$/.test(name)) clickId ||= name;
    emit({ type: 'pageview', referrer, utm, clickId });
  }
};

/**
 * Somebody looks, looks away, scrolls, comes or goes, or the application has another route, which nothing refers to. A page that comes back from
 * the cache is a new pageview; the one before has ended.
 */
export const changed: (e: { persisted?: boolean }, ...rest: unknown[]) => void = safe(({ persisted }) => {
  if (persisted) {
    emit.b = 0;
    open();
  } else if (!/l/.test(config.spa) && address() != seen) open('', '');
  look();
});
