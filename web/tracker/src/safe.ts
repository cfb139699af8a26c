// What goes wrong stays in the script.
import { config } from './config';

/** Writes to the console, if the page asks for it. */
export const log = (what: unknown): unknown => (/f/.test(config.debug) ? 0 : console.log(what));

/** The same function, but it never throws: it returns nothing instead. */
export const safe =
  <A>(f: (what: A) => unknown) =>
  (what: A): any => {
    try {
      return f(what);
    } catch (error) {
      log(error);
    }
  };
