// A page for tests: the parts of a browser that the script touches, with time that moves when a test says so.
import { vi } from 'vitest';

/** One request as the server would see it, with the time it was made (ms since the page was opened). */
export interface Sent {
  by: 'fetch' | 'beacon';
  to: string;
  body: string;
  init: RequestInit;
  events: any[];
  at: number;
}

type Answer = number | Error | { status: number; headers: Record<string, string> };

export interface Options {
  data?: Record<string, string>;
  navigator?: Record<string, unknown>;
  document?: Record<string, unknown>;
  url?: string;
  zta?: unknown;
  ZTA?: unknown;
  storage?: unknown;
}

export type Page = Awaited<ReturnType<typeof openPage>>;

/** Opens a page that has the script, and runs the script. */
export async function openPage(options: Options = {}) {
  vi.resetModules();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] });
  vi.advanceTimersByTime(100); // a script runs a while after its page was asked for
  const start = Date.now();
  const listeners: [string, (e: any) => void][] = [];
  const sent: Sent[] = [];
  /** What the next requests are answered; 200 when there is nothing left. */
  const answers: Answer[] = [];
  const note = (by: Sent['by'], to: unknown, body: string, init: RequestInit = {}) =>
    sent.push({ by, to: String(to), body, init, events: JSON.parse(body).events, at: Date.now() - start });
  const document = {
    currentScript: { src: 'https://stats.example.net/js/analytics.js', dataset: { site: 'site_a', ...options.data } },
    documentElement: { scrollWidth: 1000, scrollHeight: 2000 },
    referrer: 'https://www.google.com/',
    hidden: false,
    focused: true,
    hasFocus: () => document.focused,
    prerendering: false,
    ...options.document,
  };
  const location = new URL(options.url ?? 'https://shop.example.com/start');
  const go = (_: unknown, __: string, url?: string | URL | null) =>
    void (location.href = new URL(url ?? '', location).href);
  const history = { pushState: go, replaceState: go };
  const logged: unknown[] = [];
  const globals: Record<string, unknown> = {
    ...{
      document,
      location,
      history,
      scrollY: 0,
      innerWidth: 1000,
      innerHeight: 800,
      zta: options.zta,
      ZTA: options.ZTA,
    },
    localStorage: options.storage ?? {},
    navigator: { sendBeacon: (to: unknown, body: string) => !!note('beacon', to, body), ...options.navigator },
    addEventListener: (type: string, f: (e: any) => void) => listeners.push([type, f]),
    console: { ...console, log: (what: unknown) => logged.push(what) },
    async fetch(to: unknown, init: RequestInit) {
      note('fetch', to, init.body as string, init);
      const answer = answers.shift() ?? 200;
      if (answer instanceof Error) throw answer;
      const { status, headers } = typeof answer == 'number' ? { status: answer, headers: {} } : answer;
      return new Response(null, { status, headers });
    },
  };
  for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
  for (const name of ['window', 'self']) vi.stubGlobal(name, globalThis);
  await import('./main');
  await vi.advanceTimersByTimeAsync(0);
  const page = {
    ...{ document, location, history, sent, answers, logged },
    /** What the heatmap's collector gets. */
    emit: (await import('./queue')).emit,
    zta: (globalThis as any).zta,
    storage: globals.localStorage as Record<string, unknown>,
    /** Lets time pass. */
    wait: (ms: number) => vi.advanceTimersByTimeAsync(ms),
    /** Dispatches an event to the script. */
    fire: (type: string, event: object = {}) => listeners.forEach(([t, f]) => t == type && f({ type, ...event })),
    hide() {
      document.hidden = true;
      page.fire('visibilitychange');
    },
    show() {
      document.hidden = false;
      page.fire('visibilitychange');
    },
    scroll(to: number) {
      vi.stubGlobal('scrollY', to);
      page.fire('scroll');
    },
    /** The events of all requests, or those of a type. */
    events: (type?: string) => sent.flatMap((r) => r.events).filter((e) => !type || e.type == type),
    /** Calls the API and waits for its promise. */
    async call(...args: unknown[]) {
      page.zta(...args);
      await vi.advanceTimersByTimeAsync(0);
    },
    flush: () => page.call('flush'),
  };
  return page;
}

/** An element as a click's or a form's target: it matches selectors by table. */
export const target = (matches: Record<string, object> = {}, attributes: Record<string, string> = {}) => ({
  target: {
    closest: (selectors: string) => selectors.split(',').flatMap((s) => matches[s] ?? [])[0] ?? null,
    /** A copy without what is inside. */
    cloneNode: () => ({
      id: '',
      name: '',
      ...attributes,
      action: new URL(attributes.action ?? '', location.href).href,
    }),
  },
});

/** A click on a link: an `a`, or an `area` of a picture. */
export const link = (href: string, button = 0, element = 'a') => ({
  ...target({ [element]: new URL(href, 'https://shop.example.com/') }),
  button,
});
