// The collector of heatmaps: clicks, pointer positions and how long which part was seen. The script loads it when it is asked for.
import type { Fields } from './queue';
import { rage } from './rage';

/** `on` listens on the window, `emit` queues an event of the page, `sinceView` is the ms since its pageview; `config.end` is called at its end. */
export type Collect = (
  on: (type: string, f: (e: any) => unknown) => void,
  emit: (fields: Fields) => void,
  sinceView: () => number,
  config: Record<string, any>,
) => void;

const ROLES = '[role=button],[role=link],[role=tab],[role=menuitem]';
const NAMED = `a,button,summary,label,h1,h2,h3,h4,h5,h6,${ROLES}`;
const FIELDS = 'input,select,textarea,option,[contenteditable]';
const ALIVE = `a[href],button,summary,label,video,audio,[onclick],[tabindex],${FIELDS},${ROLES},[role=checkbox],[role=radio],[role=switch],[role=option]`;
const MASK = '[data-zta-mask]';

const short = (e: Element): string => e.localName + (e.classList[0] ? '.' + e.classList[0] : '');

/** `#id`, else the path of steps from the nearest ancestor with an id, or from the body. */
const route = (e: Element): string => {
  const parent = e.parentElement;
  if (e.id) return '#' + e.id;
  if (!parent || e == document.body) return e.localName;
  const same = [...parent.children].filter((child) => child.localName == e.localName);
  return `${route(parent)}>${e.localName}:nth-of-type(${same.indexOf(e) + 1})`;
};

const text = (e: Element): string => {
  const named = e.closest<HTMLElement>(NAMED);
  return !named || e.closest(`${MASK},${FIELDS}`) || named.querySelector(MASK)
    ? ''
    : named.innerText.trim().slice(0, 80);
};

const collect: Collect = (on, emit, sinceView, config) => {
  const wants = (kind: string): boolean =>
    config.heatmaps && `${config.heatmapTypes || `${config.heatmaps}`.replace('true', 'click,scroll')}`.includes(kind);
  const viewport = () => ({ width: innerWidth, height: innerHeight });

  // A click that may be dead waits 500 ms for the page to react.
  let waiting: Fields[] = [];
  const settle = (dead: boolean): void => {
    watcher.disconnect();
    waiting.splice(0).forEach((click) => emit({ ...click, dead }));
  };
  const reacted = (): void => settle(false);
  const watcher = new MutationObserver(reacted);

  on('click', ({ target, button, pageX, pageY, detail, clientX, clientY, timeStamp }) => {
    // A click by keyboard is at 0, 0 and has no detail.
    if (
      button ||
      !wants('click') ||
      !(detail || clientX || clientY) ||
      target.closest('[data-zta-ignore],[type=password]')
    )
      return;
    const click = {
      type: 'click',
      timestamp: Date.now(),
      x: pageX,
      y: pageY,
      viewport: viewport(),
      sinceLoad: Math.round(sinceView()),
      selector: target.id || !target.classList[0] ? route(target) : short(target),
      element: target.id ? `${target.localName}#${target.id}` : short(target),
      text: text(target),
      rage: rage(pageX, pageY, timeStamp),
    };
    if (target.closest(ALIVE)) return emit(click);
    waiting.push(click);
    watcher.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    setTimeout(() => waiting.includes(click) && settle(true), 500);
  });

  let points: number[][] = [];
  let sampled = -250;
  const moved = (): void => {
    if (points[0]) emit({ type: 'move', points, viewport: viewport() });
    points = [];
  };
  on('pointermove', ({ pointerType, pageX, pageY, timeStamp }) => {
    if (pointerType != 'mouse' || timeStamp - sampled < 250 || !wants('move')) return;
    sampled = timeStamp;
    points.push([pageX, pageY]);
  });
  setInterval(moved, 1e4);

  // What was seen since then, at which scroll position.
  const dwell: Record<number, number> = {};
  let top = scrollY;
  let since = performance.now();
  let seen = !document.hidden;
  const look = (): void => {
    const now = performance.now();
    top = Math.max(0, top - (top % 50));
    if (seen && wants('scroll')) dwell[top] = (dwell[top] || 0) + now - since;
    since = now;
    top = scrollY;
    seen = !document.hidden;
  };
  on('visibilitychange', look);
  on('scroll', () => {
    look();
    reacted();
  });

  config.end = () => {
    reacted();
    moved();
    look();
    const bands = Object.keys(dwell).map((band) => [+band, Math.round(dwell[+band]!)] as const);
    for (const [band] of bands) delete dwell[band];
    // The server keeps 60.
    return bands[0] && { dwell: bands.sort((a, b) => b[1] - a[1]).slice(0, 60) };
  };
};

export default collect;
