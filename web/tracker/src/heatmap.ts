// The collector of heatmaps: clicks, pointer positions and how long which part was seen. The script loads it when it is asked for.
import type { Fields } from './queue';
import { rage } from './rage';

/**
 * `on` listens on the window, `emit` queues an event of the page. Of `config`, `kinds` is what to collect, `began` the performance.now() of the
 * pageview, and `end` is called when the page is left.
 */
export type Collect = (
  on: (f: (e: any) => unknown, ...types: string[]) => unknown,
  emit: (fields: Fields) => void,
  config: Record<string, any>,
) => void;

const NAMED = 'button,summary,label,[role=button],[role=link],[role=tab],[role=menuitem]';
const FIELDS = 'input,select,textarea,option,[contenteditable]';

/** The path of steps from the nearest ancestor with an id, or from the body. */
const route = (e: Element): string => {
  const { id, localName, parentElement } = e;
  if (id) return '#' + id;
  if (!parentElement?.parentElement) return localName;
  const same = [...parentElement.querySelectorAll(':scope>' + localName)];
  return `${route(parentElement)}>${localName}:nth-of-type(${same.indexOf(e) + 1})`;
};

const text = (e: Element): string => {
  const named = e.closest<HTMLElement>(`a,h1,h2,h3,h4,h5,h6,${NAMED}`);
  return !named || e.closest(`[data-zta-mask],${FIELDS}`) || named.querySelector('[data-zta-mask]')
    ? ''
    : named.innerText.trim().slice(0, 80);
};

export const go: Collect = (on, emit, config) => {
  // A click that may be dead waits 500 ms for the page to react.
  let waiting: Fields[] = [];
  const reacted = (): void => {
    watcher.disconnect();
    waiting.splice(0).map(emit);
  };
  const watcher = new MutationObserver(reacted);

  on(({ target, button, pageX: x, pageY: y, detail, timeStamp }) => {
    // A click by keyboard is at 0, 0 and has no detail.
    if (button || !config.kinds.includes('click') || !(detail || x)) return;
    if (target.closest('[data-zta-ignore],[type=password]')) return;
    const {
      id,
      localName,
      classList: [name],
    } = target;
    const element = localName + (id ? '#' + id : name ? '.' + name : '');
    const click: Fields = {
      type: 'click',
      timestamp: Date.now(),
      x,
      y,
      viewport: { width: innerWidth, height: innerHeight },
      sinceLoad: (timeStamp - config.began) | 0,
      selector: id || !name ? route(target) : element,
      element,
      text: text(target),
      rage: rage(x, y, timeStamp),
    };
    if (target.closest(`a[href],video,audio,[onclick],[tabindex],${FIELDS},${NAMED}`)) return emit(click);
    waiting.push(click);
    watcher.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    setTimeout(() => waiting[0] == click && emit({ ...waiting.shift(), dead: true }), 500);
  }, 'click');

  let points: number[][] = [];
  let next = 0;
  const moved = (): void => {
    if (points[0]) emit({ type: 'move', points, viewport: { width: innerWidth, height: innerHeight } });
    points = [];
  };
  on(({ pointerType, pageX, pageY, timeStamp }) => {
    if (pointerType != 'mouse' || timeStamp < next || !config.kinds.includes('move')) return;
    next = timeStamp + 250;
    points.push([pageX, pageY]);
  }, 'pointermove');
  setInterval(moved, 1e4);

  // How long which 50 px were at the top, in ms.
  let dwell: number[] = [];
  let band = 0;
  let since = 0;
  const look = (): void => {
    const now = performance.now() | 0;
    reacted();
    if (since && config.kinds.includes('scroll')) dwell[band] = (dwell[band] || 0) + now - since;
    since = document.hidden ? 0 : now;
    band = Math.max(0, (scrollY / 50) | 0);
  };
  on(look, 'visibilitychange', 'scroll');
  look();

  config.end = () => {
    look();
    moved();
    // The server keeps 60: those that were seen longest.
    const bands = dwell.flatMap((ms, i) => [[i * 50, ms] as const]).sort((a, b) => b[1] - a[1]);
    dwell = [];
    return bands[0] && { dwell: bands };
  };
};
