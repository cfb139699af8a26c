// The browser script: listens, answers window.zta, and never throws into the page.
import { type Config, config, isOn, server } from './config';
import type * as heatmap from './heatmap';
import { clicked, event, submitted } from './interactions';
import { changed, emit, leave, open } from './page';
import { flush, settled } from './queue';
import { log, safe } from './safe';

type Call = [name: string, ...rest: any[]];
type Zta = ((...call: Call) => unknown) & { q?: Call[] } & Record<string, unknown>;
type Table = Record<string, (...rest: any[]) => unknown>;

const page = window as unknown as Record<string, Zta | undefined>;
const draw = Math.random() * 100;
let pulse: ReturnType<typeof setInterval> | undefined;

/** Listens on the window: in the capture phase it hears what happens anywhere, before the page's own code can stop it. */
const on = (f: (e: any) => unknown, ...types: string[]): unknown =>
  types.map((type) => addEventListener(type, safe(f), true));

const methods: Table = {
  event,
  track: event,
  pageview: open,
  trackPageview: open,
  /** Fetches the heatmap's collector once it is wanted. An import has this script's rights, whatever the page's policy. */
  config(options?: Config) {
    Object.assign(config, options);
    clearInterval(pulse);
    if (+config.heartbeat)
      pulse = setInterval(
        () => document.hidden || emit({ type: 'heartbeat' }),
        Math.max(15, Math.min(300, config.heartbeat)) * 1e3,
      );
    config.kinds =
      draw < config.sampleRate && config.heatmaps + '' != 'false'
        ? config.heatmapTypes || (isOn('heatmaps') ? 'click,scroll' : config.heatmaps)
        : '';
    if (config.kinds)
      config.end ||=
        (import(/* @vite-ignore */ server('/js/heatmap.js') as never).then(
          (module: typeof heatmap) => module.go(on, emit, config),
          log,
        ),
        () => 0);
  },
  optOut() {
    localStorage.zta_ignore = 1;
  },
  optIn() {
    delete localStorage.zta_ignore;
  },
  flush,
};

if ((config.site ||= config.siteId) && !page.zta?.track) {
  const calls = page.zta?.q || [];
  // A prerendered page waits until somebody sees it.
  const ready = new Promise<unknown>((resolve) =>
    (document as Document & { prerendering?: boolean }).prerendering ? on(resolve, 'prerenderingchange') : resolve(0),
  ).then(() => {
    on(changed, 'focus', 'blur', 'scroll', 'visibilitychange', 'pageshow', 'popstate');
    on(leave, 'pagehide');
    on(clicked, 'click', 'auxclick');
    on(submitted, 'submit');
    for (const name of ['pushState', 'replaceState'] as const) {
      const original = history[name];
      history[name] = (...args) => {
        original.apply(history, args);
        changed({});
      };
    }
    if (config.autoTrack != 'false') open();
    methods.config!();
  });
  /** What the page calls; it settles when everything that was sent has. */
  const zta = ((name, ...rest) => ready.then(() => (methods[name]!(...rest), settled)).catch(log)) as Zta;
  for (const name in methods) zta[name] = zta.bind(0, name);
  page.zta = page.ZTA = zta;
  calls.forEach((call) => zta(...call));
}
