// Where the page is.
import { config } from './config';

/** The path that the address says. */
export const address = (): string =>
  location.pathname + (/f/.test(config.query) ? '' : location.search) + (/f/.test(config.hash) ? '' : location.hash);

/** The path of the newest pageview, or before it that of the page: events are its. */
export let path = address();

/** Another pageview has begun. */
export const go = (to: string): unknown => (path = to);
