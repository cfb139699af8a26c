// The browser script: listens, answers window.zta, and never throws into the page.
import { type Config, config, server } from './config';
import type { Collect } from './heatmap';
import { clicked, event, submitted } from './interactions';
import { changed, emit, leave, measure, open, pulse, restore, route, sinceView } from './page';
import { flush, settled } from './queue';

type Call = [name: string, ...rest: any[]];
type Zta = ((...call: Call) => unknown) & { q?: Call[] } & Record<string, unknown>;
type Table = Record<string, (...rest: any[]) => unknown>;

const page = window as unknown as Record<string, Zta | undefined>;
const draw = Math.random() * 100;

/** The same function, but what it throws stays here. */
const safe =
  (f: (...rest: any[]) => unknown) =>
  (...rest: any[]): void => {
    try {
      f(...rest);
    } catch {
      // no harm to the page
    }
  };

/** Listens on the window: in the capture phase it hears what happens anywhere, before the page's own code can stop it. */
const on = (type: string, f: (e: any) => unknown): void => addEventListener(type, safe(f), true);

const methods: Table = {
  event,
  track: event,
  pageview: open,
  trackPageview: open,
  /** Fetches the heatmap's collector once it is wanted. An import has this script's rights, whatever the page's policy. */
  config(options?: Config) {
    Object.assign(config, options);
    if (config.end || !config.heatmaps || config.heatmaps == 'false' || draw >= config.sampleRate) return;
    config.end = () => undefined;
    import(/* @vite-ignore */ server('/js/heatmap.js') as never).then(
      (module: { default: Collect }) => module.default(on, emit, sinceView, config),
      () => 0,
    );
  },
  optOut() {
    localStorage.zta_ignore = 1;
  },
  optIn() {
    delete localStorage.zta_ignore;
  },
  flush,
};

const listeners: Table = {
  focus: changed,
  blur: changed,
  scroll: measure,
  visibilitychange: changed,
  pagehide: leave,
  pageshow: restore,
  popstate: route,
  click: clicked,
  auxclick: clicked,
  submit: submitted,
};

let waiting: Call[] | undefined = [...(page.zta?.q || [])];

/** What the page calls. Before the start the calls wait. */
const zta = ((...call) => {
  if (waiting) waiting.push(call);
  else safe(methods[call[0]]!)(...call.slice(1));
  return settled;
}) as Zta;

const start = (): void => {
  for (const type in listeners) on(type, listeners[type]!);
  for (const name of ['pushState', 'replaceState'] as const) {
    const original = history[name];
    history[name] = function (...args) {
      original.apply(this, args);
      safe(route)();
    };
  }
  const calls = waiting!;
  waiting = undefined;
  pulse();
  if (config.autoTrack != 'false') zta('pageview');
  zta('config');
  calls.forEach((call) => zta(...call));
};

if ((config.site || config.siteId) && !page.zta?.track) {
  for (const name in methods) zta[name] = zta.bind(0, name);
  page.zta = page.ZTA = zta;
  if ((document as Document & { prerendering?: boolean }).prerendering) on('prerenderingchange', start);
  else start();
}
