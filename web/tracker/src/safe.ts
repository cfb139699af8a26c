// What goes wrong stays in the script.
import { isOn } from './config';

/** Writes to the console, if the page asks for it. */
export const log = (what: unknown): unknown => isOn('debug') && console.log(what);

/** The same function, but it never throws: it returns nothing instead. */
export const safe =
  <A extends unknown[]>(f: (...rest: A) => unknown) =>
  (...rest: A): unknown => {
    try {
      return f(...rest);
    } catch (error) {
      return void log(error);
    }
  };
