// The collector of heatmaps: clicks, pointer positions and how long which part was seen. The script loads it when it is asked for.
import type { Emit, Fields } from './queue';
import { rage } from './rage';

declare const zta: { e: Emit };
const { e: emit } = zta;

const NAMED = 'button,summary,label,[role=button],[role=link],[role=tab],[role=menuitem]';
const FIELDS = 'input,select,textarea,option,[contenteditable]';
const MASK = '[data-zta-mask]';

/** The path of steps from the nearest ancestor with an id, or from the body. */
const route = (e: Element, { id, localName, parentElement } = e): string =>
  id
    ? '#' + id
    : parentElement?.parentElement
      ? `${route(parentElement)}>${localName}:nth-of-type(${[...parentElement.children].filter((c) => c.localName == localName).indexOf(e) + 1})`
      : localName;

/** What is read there; a part of a drawing has no inner text. */
const text = (e: Element, named: HTMLElement | null): string =>
  !named || e.closest(MASK + ',' + FIELDS) || named.querySelector(MASK)
    ? ''
    : [...(named.innerText ?? named.textContent).trim()].slice(0, 80).join('');

// A click that may be dead waits 500 ms for the page to react.
let waiting: Fields[] = [];
const reacted = (): void => {
  watcher.disconnect();
  waiting.splice(0).map(emit);
};
const watcher = new MutationObserver(reacted);

// When the last click happened. A label's click is followed by another on its control, which nobody made: browsers give it the same time, or one
// a little later. The first may come as soon as the page is there.
let last = -99;

const clicked = (
  { target, button, pageX: x, pageY: y, detail, timeStamp }: PointerEvent & { target: Element },
  { id, localName, classList: [name] } = target,
  element = localName + (id ? '#' + id : name ? '.' + name : ''),
  named = target.closest<HTMLElement>('a,h1,h2,h3,h4,h5,h6,' + NAMED),
  at = +new Date(),
): void => {
  // A click by keyboard is at 0, 0 and has no detail.
  if (
    timeStamp - last > 50 &&
    !button &&
    /[kt]/.test(emit.k as string) &&
    detail | x &&
    !target.closest('[data-zta-ignore],[type=password]')
  ) {
    last = timeStamp;
    const click: Fields = {
      type: 'click',
      timestamp: at,
      x,
      y,
      viewport: { width: innerWidth, height: innerHeight },
      sinceLoad: at - emit.b!,
      selector: id || !name ? route(target) : element,
      element,
      text: text(target, named),
      rage: rage(x, y, at),
    };
    if (target.closest(`a[href],video,audio,[onclick],[tabindex],${FIELDS},${NAMED}`)) emit(click);
    else {
      waiting.push(click);
      watcher.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
      setTimeout(() => waiting[0] == click && emit({ ...waiting.shift(), dead: true }), 500);
    }
  }
};

let points: number[][] = [];
let next = 0;
const moved = (): void => {
  if (points[0]) emit({ type: 'move', points, viewport: { width: innerWidth, height: innerHeight } });
  points = [];
};
const pointed = ({ pointerType, pageX, pageY }: PointerEvent, now = +new Date()): void => {
  if (pointerType == 'mouse' && now >= next && /m/.test(emit.k as string)) {
    next = now + 250;
    points.push([pageX, pageY]);
  }
};
setInterval(moved, 1e4);

// Which 50 px were at the top, and how long, in ms.
let dwell: [top: number, ms: number][] = [];
let band: number;
let since: false | number;
const look = (): void => {
  reacted();
  if (since && /[st]/.test(emit.k as string)) (dwell[band] ||= [band * 50, 0])[1] += +new Date() - since;
  since = !document.hidden && +new Date();
  band = Math.max(0, (scrollY / 50) | 0);
};
emit.o!({ click: clicked, pointermove: pointed, visibilitychange: look, scroll: look });
look();

emit.e = () => {
  look();
  moved();
  // The server keeps 60: those that were seen longest.
  const bands = Object.values(dwell).sort((a, b) => b[1] - a[1]);
  dwell = [];
  return bands[0] && { dwell: bands };
};
