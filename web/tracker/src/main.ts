// The browser script: listens, answers window.zta, and never throws into the page.
import { type Config, config, configure, script } from './config';
import { clicked, event, submitted } from './interactions';
import { changed, look, open } from './page';
import { emit, flush } from './queue';
import { log, safe } from './safe';

type Call = [name: string, ...rest: any[]];
declare let zta: unknown, ZTA: unknown;
type Table = Record<string, (...rest: any[]) => unknown>;

const draw = Math.random() * 100;

/** Listens on the window: in the capture phase it hears what happens anywhere, before the page's own code can stop it. */
const on = (handlers: Record<string, (e: any) => unknown>): void => {
  for (const type in handlers) addEventListener(type, safe(handlers[type]!), 1 as never);
};

const methods: Table = {
  event,
  track: event,
  pageview: open,
  trackPageview: open,
  /**
   * Changes settings, also to what they are: every heartbeat comes here for the next. It loads the heatmap's collector once that is wanted. An
   * import has this script's rights, whatever the page's policy, and happens once.
   */
  config(options?: Config) {
    configure(options);
    const seconds = config.heartbeat ?? 60;
    if (+seconds)
      setTimeout(
        (then: unknown) => then == config && (document.hidden || emit({ type: 'heartbeat' }), methods.config!()),
        Math.max(15, Math.min(300, seconds)) * 1e3,
        config,
      );
    if (
      (emit.k =
        /f/.test(config.heatmaps) || draw >= config.sampleRate ? '' : config.heatmapTypes || config.heatmaps || 't')
    )
      import(/* @vite-ignore */ new URL('/js/heatmap.js', script.src) as never).catch(log);
  },
  optOut() {
    localStorage.zta_ignore = 1;
  },
  /** What happened until now stays unsent. */
  optIn() {
    flush();
    delete localStorage.zta_ignore;
  },
  flush,
};

if ((config.site ||= config.siteId) && !(self as any).ZTA) {
  // A prerendered page waits until somebody sees it.
  const ready = new Promise<unknown>((resolve) =>
    (document as Document & { prerendering?: boolean }).prerendering
      ? on({ prerenderingchange: resolve })
      : (resolve as () => void)(),
  ).then(() => {
    on({
      focus: changed,
      blur: changed,
      scroll: changed,
      visibilitychange: changed,
      pageshow: changed,
      popstate: changed,
      pagehide: look,
      click: clicked,
      auxclick: clicked,
      submit: submitted,
    });
    for (const name of ['pushState', 'replaceState'] as const) {
      const original: any = history[name];
      history[name] = (...args) => changed(args as {}, original.apply(history, args));
    }
    if (!/l/.test(config.autoTrack)) open();
    methods.config!();
  });
  /** What the page calls. */
  const api: any = (name: string, a: any, b: any): unknown => ready.then(() => methods[name]!(a, b)).catch(log);
  for (const name in methods) api[name] = api.bind(0, name);
  emit.o = on;
  api.e = emit;
  (self as any).zta?.q?.map((call: Call) => api(...call));
  ZTA = zta = api;
}
