// @vitest-environment happy-dom
// The contract's "Heatmap collection", rule by rule, on a document of happy-dom.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Emit, Fields } from './queue';

type Handler = (e: object) => unknown;

let handlers: [string, Handler][];
let events: Fields[];
let emit: Emit;
let timeStamp = 0; // of the newest click

/** Starts the collector in a page with this body. */
async function open(body: string, kinds = 'click,scroll,move') {
  document.body.innerHTML = body;
  [handlers, events] = [[], []];
  emit = Object.assign((fields: Fields) => void events.push(fields), {
    o: (more: Record<string, Handler>) => void handlers.push(...Object.entries(more)),
    k: kinds,
    b: Date.now(),
  });
  vi.stubGlobal('zta', { e: emit });
  vi.resetModules();
  await import('./heatmap');
}
const last = (): Fields => events[events.length - 1]!;
const fire = (type: string, event: object = {}) => handlers.forEach(([t, f]) => t == type && f(event));
const click = (selector: string, event: object = {}) =>
  fire('click', {
    ...{ target: document.querySelector(selector), button: 0, detail: 1, timeStamp: (timeStamp += 100) },
    ...{ pageX: 10, pageY: 20, clientX: 10, ...event },
  });
const scrollTo = (to: number) => {
  vi.stubGlobal('scrollY', to);
  fire('scroll');
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] });
  vi.advanceTimersByTime(1_000);
  vi.stubGlobal('innerWidth', 1000);
  vi.stubGlobal('innerHeight', 800);
  vi.stubGlobal('scrollY', 0);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('a click has its place, the viewport, the time since the pageview and its target', async () => {
  await open('<button id="go">Go</button>');
  vi.advanceTimersByTime(1_500);
  click('button', { pageX: 12.5, pageY: 900 });
  expect(events).toEqual([
    {
      ...{ type: 'click', timestamp: Date.now(), x: 12.5, y: 900, viewport: { width: 1000, height: 800 } },
      ...{ sinceLoad: 1_500, selector: '#go', element: 'button#go', text: 'Go', rage: undefined },
    },
  ]);
});

test('only clicks of the primary button, not those of the keyboard, and only if they are wanted', async () => {
  await open('<button>Go</button>');
  click('button', { button: 1 });
  click('button', { button: 2 });
  click('button', { detail: 0, pageX: 0, clientX: 0 });
  emit.k = 'scroll';
  click('button');
  expect(events).toEqual([]);
  emit.k = ['click'];
  click('button');
  expect(events.length).toBe(1);
});

test('a click on a label is one, although its control is clicked too', async () => {
  await open('<label for="a">Name</label><input id="a" type="checkbox">');
  for (let i = 0; i < 6; i++) {
    click('label');
    click('input', { timeStamp: timeStamp + i }); // Firefox gives a later time
  }
  expect(events.map((e) => e.element + ' ' + e.text)).toEqual(Array(6).fill('label Name'));
  expect(events.map((e) => e.rage)).toEqual([, , , , 5, 6]);
  click('input');
  expect(last().element).toBe('input#a');
});

test('a click is taken as soon as the page is there', async () => {
  await open('<button>Go</button>');
  click('button', { timeStamp: 1 });
  expect(events.length).toBe(1);
});

test('selectors and elements', async () => {
  const f = async (body: string, target: string, selector: string, element: string) => {
    await open(body);
    click(target);
    emit.e!();
    expect([last().selector, last().element]).toEqual([selector, element]);
  };
  await f('<i id="a" class="b"></i>', 'i', '#a', 'i#a');
  await f('<i class="b c"></i>', 'i', 'i.b', 'i.b');
  await f('<p></p><div><i></i><b></b><i></i></div>', 'i:last-child', 'body>div:nth-of-type(1)>i:nth-of-type(2)', 'i');
  await f('<ul id="u"><li></li><li><b></b></li></ul>', 'b', '#u>li:nth-of-type(2)>b:nth-of-type(1)', 'b');
  await f('', 'body', 'body', 'body');
  await f('', 'html', 'html', 'html');
});

test('text only of what has a name, and never of what is masked or typed', async () => {
  const f = async (body: string, target: string, want: string) => {
    await open(body);
    click(target);
    emit.e!();
    expect([body, last().text]).toEqual([body, want]);
  };
  for (const tag of 'a button summary label h1 h2 h3 h4 h5 h6'.split(' '))
    await f(`<${tag}> <i>Name</i> </${tag}>`, 'i', 'Name');
  for (const role of 'button link tab menuitem'.split(' ')) await f(`<p role="${role}"><i>Name</i></p>`, 'i', 'Name');
  await f('<p><i>Name</i></p>', 'i', '');
  await f('<p role="note"><i>Name</i></p>', 'i', '');
  await f(`<button>${'x'.repeat(100)}</button>`, 'button', 'x'.repeat(80));
  await f(`<button>x${'😀'.repeat(100)}</button>`, 'button', 'x' + '😀'.repeat(79)); // not half of one
  await f('<svg><a href="/x"><text> Name </text></a></svg>', 'text', 'Name');
  await f('<div data-zta-mask><button>Alice</button></div>', 'button', '');
  await f('<button>Dear <b data-zta-mask>Alice</b></button>', 'button', '');
  await f('<button contenteditable>Alice</button>', 'button', '');
  await f('<label>Name <select><option>Alice</option></select></label>', 'select', '');
});

test('password fields and what is to be ignored', async () => {
  await open('<input type="password"><div data-zta-ignore><button>Go</button></div>');
  click('input');
  click('button');
  emit.e!();
  expect(events).toEqual([]);
});

test('a click is dead when nothing happens for 500 ms', async () => {
  await open('<p>Text</p>');
  click('p');
  await vi.advanceTimersByTimeAsync(499);
  click('p', { pageX: 11 });
  expect(events).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(events.map((e) => [e.x, e.dead])).toEqual([[10, true]]); // the second has time left
  await vi.advanceTimersByTimeAsync(498);
  scrollTo(10);
  expect(events.map((e) => [e.x, e.dead])).toEqual([
    [10, true],
    [11, undefined],
  ]);
});

test('a click is not dead when the page changes or is left, nor on what is made for it', async () => {
  const f = async (body: string, target: string, react: () => unknown = () => 0) => {
    await open(body);
    click(target);
    await react();
    await vi.advanceTimersByTimeAsync(1_000);
    expect([body, last().dead]).toEqual([body, undefined]);
  };
  await f('<p>a</p>', 'p', () => scrollTo(1));
  await f('<p>a</p>', 'p', () => emit.e!());
  const alive = `<a href="#">a</a>|<button>a</button>|<input>|<select></select>|<textarea></textarea>|<label>a</label>
    |<summary>a</summary>|<option>a</option>|<video></video>|<audio></audio>|<p onclick="">a</p>|<p tabindex="0">a</p>
    |<p contenteditable>a</p>|<p role="button">a</p>|<p role="link">a</p>|<p role="tab">a</p>|<p role="menuitem">a</p>`;
  for (const body of alive.split('|')) await f(body, body.match(/\w+/)![0]);
  await open('<a>a</a>');
  click('a');
  await vi.advanceTimersByTimeAsync(500);
  expect(last().dead).toBe(true); // a link to nowhere
});

test('a change of the document is a reaction', async () => {
  let changed: () => void = () => expect.unreachable();
  vi.stubGlobal(
    'MutationObserver',
    class {
      constructor(f: () => void) {
        changed = f;
      }
      observe = (node: Node, options: object) =>
        expect([node, options]).toEqual([
          document,
          { subtree: true, childList: true, attributes: true, characterData: true },
        ]);
      disconnect() {}
    },
  );
  await open('<p>a</p>');
  click('p');
  changed();
  await vi.advanceTimersByTimeAsync(500);
  expect(events.map((e) => e.dead)).toEqual([undefined]);
});

test('rage is the number of a click in its burst', async () => {
  await open('<button>Go</button>');
  for (let i = 0; i < 6; i++) click('button', { pageX: 10 + i });
  expect(events.map((e) => e.rage)).toEqual([, , , , 5, 6]);
});

test('moves of a mouse, at most every 250 ms, sent every 10 s and at the end', async () => {
  await open('');
  const start = Date.now();
  const move = (pageX: number, at: number, pointerType = 'mouse') => {
    vi.setSystemTime(start + at);
    fire('pointermove', { pageX, pageY: 1, pointerType });
  };
  for (let i = 0; i < 10; i++) move(i, 1_000 + i * 100);
  move(99, 3_000, 'touch');
  await vi.advanceTimersByTimeAsync(9_999);
  expect(events).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  const viewport = { width: 1000, height: 800 };
  expect(events).toEqual([{ type: 'move', points: [[0, 1], [3, 1], [6, 1], [9, 1]], viewport }]); // prettier-ignore
  move(7, 20_000);
  emit.e!();
  expect(last()).toEqual({ type: 'move', points: [[7, 1]], viewport });
  emit.k = 'click';
  move(8, 30_000);
  emit.e!();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(events.length).toBe(2);
});

test('dwell is the time at each 50 px, while visible', async () => {
  const hide = (hidden: boolean) => {
    vi.spyOn(document, 'hidden', 'get').mockReturnValue(hidden);
    fire('visibilitychange');
  };
  await open('');
  vi.advanceTimersByTime(100);
  scrollTo(49);
  vi.advanceTimersByTime(200);
  scrollTo(120);
  vi.advanceTimersByTime(1_000);
  hide(true);
  vi.advanceTimersByTime(5_000);
  hide(false);
  vi.advanceTimersByTime(30);
  scrollTo(-120); // beyond the top
  vi.advanceTimersByTime(4);
  expect(emit.e!()).toEqual({ dwell: [[100, 1_030], [0, 304]] }); // prettier-ignore
  vi.advanceTimersByTime(7);
  expect(emit.e!()).toEqual({ dwell: [[0, 7]] });
  emit.k = 'click';
  vi.advanceTimersByTime(7);
  expect(emit.e!()).toBeUndefined();
  vi.restoreAllMocks();
});
