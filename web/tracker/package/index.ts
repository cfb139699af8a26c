// Loads the script of a ztas server and calls it. Calls made before it is there wait for it.

/** What an event may carry: category, label and value are columns of their own, other scalars become properties. */
export interface Props {
  category?: string;
  label?: string;
  value?: number;
  [name: string]: string | number | boolean | undefined;
}

/** Settings that may change while the page is open. */
export interface Config {
  heatmaps?: boolean;
  /** `click`, `scroll`, `move` */
  heatmapTypes?: readonly string[];
  /** Percent of page loads that send clicks, moves and dwell; 100 by default. */
  sampleRate?: number;
  ignorePaths?: readonly string[];
  /** Seconds, 15–300; 0: none. */
  heartbeat?: number;
  debug?: boolean;
}

/** The attributes of the script element; each has the default of the server's documentation. */
export interface Options {
  /** Origin of the server, for example https://analytics.example.com */
  server: string;
  /** Id of the site. */
  site: string;
  /** Endpoint, if it is not the server's own. */
  api?: string;
  autoTrack?: boolean;
  spa?: boolean;
  hash?: boolean;
  query?: boolean;
  exclude?: readonly string[];
  honorDnt?: boolean;
  honorGpc?: boolean;
  trackOutbound?: boolean;
  trackDownloads?: boolean;
  trackForms?: boolean;
  trackScroll?: boolean;
  /** True: clicks and scrolls; or a list of click, scroll and move. */
  heatmaps?: boolean | readonly string[];
  sampleRate?: number;
  heartbeat?: number;
  debug?: boolean;
  /** Nonce of the page's Content-Security-Policy. */
  nonce?: string;
}

/** window.zta: a function with methods once the script is there, before that only the function. */
export interface Zta {
  (name: 'event', action: string, props?: Props): unknown;
  (name: 'pageview', path?: string): unknown;
  (name: 'config', config: Config): unknown;
  (name: 'optOut' | 'optIn' | 'flush'): unknown;
  q?: unknown[];
}

declare global {
  interface Window {
    zta?: Zta;
    ZTA?: Zta;
  }
}

/** window.zta, made to wait where the script has not come yet. Undefined on a server. */
const zta = (): Zta | undefined => {
  if (typeof window === 'undefined') return undefined;
  const waiting = (...call: unknown[]): void => void (window.zta!.q ??= []).push(call);
  return (window.zta ??= waiting as Zta);
};

/** Puts the script into the page, once a page: later calls do nothing, nor do those on a server. */
export function load({ server, nonce, ...options }: Options): void {
  if (typeof document === 'undefined' || document.querySelector('script[data-site]')) return;
  zta();
  const script = document.createElement('script');
  for (const [name, value] of Object.entries(options)) if (value !== undefined) script.dataset[name] = String(value);
  if (nonce) script.nonce = nonce;
  script.defer = true;
  script.src = new URL('/js/analytics.js', server).href;
  document.head.append(script);
}

/** Counts an event. */
export const track = (action: string, props?: Props): void => void zta()?.('event', action, props);
/** Counts a pageview, of the address's path if none is given. */
export const trackPageview = (path?: string): void => void zta()?.('pageview', path);
export const config = (options: Config): void => void zta()?.('config', options);
/** Nothing is sent from this browser any more, on this site. */
export const optOut = (): void => void zta()?.('optOut');
export const optIn = (): void => void zta()?.('optIn');
/** Sends what waits. Resolves when it is answered or given up. */
export const flush = async (): Promise<void> => void (await zta()?.('flush'));
