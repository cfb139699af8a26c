// The contract's attributes, "What is sent" and "JavaScript", rule by rule.
import { afterEach, expect, test, vi } from 'vitest';
import { link, openPage, type Options, type Page, target } from './fake';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** What a page sends after something happened on it, without its first pageview. */
async function after(play: (page: Page) => unknown, options: Options = {}) {
  const page = await openPage(options);
  await play(page);
  await page.wait(0);
  await page.flush();
  return page.events().filter((e) => e.type != 'pageview');
}
const custom = (e: any) => [e.action, e.category, e.label];

test('a pageview has path, referrer, campaign and the name of the click id', async () => {
  const f = async (url: string, want: object, data = {}) => {
    const page = await openPage({ url: 'https://shop.example.com' + url, data });
    await page.flush();
    const { id, timestamp, type, ...rest } = page.events()[0];
    expect(rest).toEqual({ referrer: 'https://www.google.com/', utm: {}, ...want });
  };
  await f('/a/b', { path: '/a/b' });
  await f('/a?x=1#y', { path: '/a' });
  await f('/a?x=1#y', { path: '/a?x=1' }, { query: 'true' });
  await f('/a?x=1#/y', { path: '/a#/y' }, { hash: 'true' });
  await f('/a?x=1#/y', { path: '/a?x=1#/y' }, { hash: '', query: '' });
  await f('/a?x=1#/y', { path: '/a' }, { hash: 'false', query: 'false' });
  await f('/?utm_source=News+letter&utm_campaign=a%26b&x=1', {
    path: '/',
    utm: { source: 'News letter', campaign: 'a&b' },
  });
  for (const name of 'gclid gbraid wbraid dclid msclkid yclid ttclid twclid li_fat_id'.split(' '))
    await f(`/?a=1&${name}=secret&z=2`, { path: '/', clickId: name });
  await f('/?fbclid=1&xgclid=2&gclidx=3', { path: '/' });
});

test('the site may be named by data-site-id; without a site nothing happens', async () => {
  const page = await openPage({ data: { site: '', siteId: 'site_b' } });
  await page.flush();
  expect(JSON.parse(page.sent[0]!.body).siteId).toBe('site_b');
  vi.unstubAllGlobals();
  const other = await openPage({ data: { site: '' } });
  expect(other.zta).toBeUndefined();
  for (const type of ['click', 'pagehide', 'scroll']) other.fire(type, target());
  await other.wait(10_000);
  expect(other.sent).toEqual([]);
  const none = await openPage({ document: { currentScript: null } });
  expect(none.zta).toBeUndefined();
});

test('automatic pageviews can be switched off', async () => {
  const page = await openPage({ data: { autoTrack: 'false' } });
  page.history.replaceState(null, '', '/start'); // the path is the same
  await page.flush();
  expect(page.sent).toEqual([]);
  await page.call('pageview');
  await page.flush();
  expect(page.events().map((e) => [e.type, e.path])).toEqual([['pageview', '/start']]);
});

test('routes are followed when the path changed', async () => {
  const views = async (data: Record<string, string>) => {
    const page = await openPage({ data });
    page.history.pushState(null, '', '/two');
    page.history.replaceState(null, '', '/two?x=1#y');
    page.history.replaceState(null, '', '/three');
    page.location.href = 'https://shop.example.com/start';
    page.fire('popstate');
    await page.flush();
    return page.events('pageview').map((e) => [e.path, e.referrer]);
  };
  const first = ['/start', 'https://www.google.com/'];
  expect(await views({})).toEqual([first, ['/two', ''], ['/three', ''], ['/start', '']]);
  expect(await views({ spa: 'false' })).toEqual([first]);
  expect((await views({ hash: 'true' })).map(([path]) => path)).toEqual([
    '/start',
    '/two',
    '/two#y',
    '/three',
    '/start',
  ]);
});

test('a route in a page that nobody sees is a pageview too', async () => {
  const page = await openPage();
  page.hide();
  page.history.pushState(null, '', '/two');
  expect(page.events('pageview').map((e) => e.path)).toEqual(['/start', '/two']);
});

test('two identical paths within 500 ms count once', async () => {
  const page = await openPage();
  await page.wait(499);
  await page.call('pageview');
  await page.call('pageview', '/start');
  await page.call('pageview', '/other');
  await page.wait(500);
  await page.call('pageview', '/other');
  await page.flush();
  expect(page.events('pageview').map((e) => e.path)).toEqual(['/start', '/other', '/other']);
});

test('engagement is the time visible and focused, in seconds with a decimal, numbered by pageview', async () => {
  const page = await openPage();
  await page.wait(1_240);
  page.document.focused = false;
  page.fire('blur');
  await page.wait(5_000);
  page.document.focused = true;
  page.fire('focus');
  await page.wait(1_010);
  page.hide();
  await page.wait(5_000);
  page.show();
  await page.wait(99);
  page.hide(); // too short, and kept for the next
  page.show();
  await page.wait(1);
  page.history.pushState(null, '', '/two');
  await page.wait(3_600);
  page.fire('pagehide');
  page.hide(); // follows when a page is left: nothing new
  expect(page.events('engagement').map((e) => [e.path, e.timeOnPage, e.seq])).toEqual([
    ['/start', 2.3, 1],
    ['/start', 0.1, 2],
    ['/two', 3.6, 1],
  ]);
});

test('scroll has the greatest depth so far, the viewport and the document', async () => {
  const page = await openPage();
  page.scroll(600);
  page.scroll(100);
  page.hide();
  page.show();
  page.scroll(1_200);
  page.history.pushState(null, '', '/two');
  page.scroll(0);
  page.hide();
  expect(page.events('scroll').map((e) => [e.path, e.depth])).toEqual([
    ['/start', 70],
    ['/start', 100],
    ['/two', 100], // the new route began where the window was
  ]);
  const sizes = { viewport: { width: 1000, height: 800 }, document: { width: 1000, height: 2000 } };
  expect(page.events('scroll')[0]).toMatchObject(sizes);
  expect(await after((p) => p.hide(), { data: { trackScroll: 'false' } })).toEqual([]);
});

test('heartbeats while visible, at the interval that is set, changed at once', async () => {
  const beats = async (page: Page, s: number) => {
    await page.flush();
    const before = page.events('heartbeat').length;
    await page.wait(s * 1_000);
    await page.flush();
    return page.events('heartbeat').length - before;
  };
  const page = await openPage();
  expect(await beats(page, 60)).toBe(1);
  expect(page.events('heartbeat')[0].path).toBe('/start');
  page.hide();
  expect(await beats(page, 120)).toBe(0);
  page.show();
  await page.call('config', { heartbeat: 20 });
  expect(await beats(page, 40)).toBe(2);
  await page.call('config', { heartbeat: 0 });
  expect(await beats(page, 600)).toBe(0);
  expect(await beats(await openPage({ data: { heartbeat: '0' } }), 600)).toBe(0);
  expect(await beats(await openPage({ data: { heartbeat: '1' } }), 30)).toBe(2); // 15 s at least
  expect(await beats(await openPage({ data: { heartbeat: '900' } }), 600)).toBe(2); // 300 s at most
});

test('clicks on links to other hosts and on files, with the middle button too', async () => {
  const f = async (href: string, want: unknown[], button = 0, data = {}) => {
    const events = await after((page) => page.fire(button ? 'auxclick' : 'click', link(href, button)), { data });
    expect([href, ...events.map(custom)]).toEqual([href, ...want]);
  };
  const out = ['outbound_click', 'outbound', 'other.example.org'];
  await f('https://other.example.org:8443/x', [out]);
  await f('https://other.example.org/', [out], 1);
  await f('https://other.example.org/', [], 2);
  await f('https://other.example.org/', [], 0, { trackOutbound: 'false' });
  await f('https://SHOP.example.com:8443/x', []);
  await f('mailto:a@example.org', []);
  await f('tel:+123', []);
  await f('mailto:a@example.zip', []);
  const extensions = 'pdf doc docx xls xlsx ppt pptx csv zip rar 7z tar gz exe dmg mp3 mp4 avi mov PDF'.split(' ');
  for (const ext of extensions) await f(`/a/b.${ext}?x=.html#y`, [['file_download', 'download', `b.${ext}`]]);
  await f('https://other.example.org/a.zip', [['file_download', 'download', 'a.zip']]);
  await f('https://other.example.org/a.zip', [out], 0, { trackDownloads: 'false' });
  await f('/a.zip', [['file_download', 'download', 'a.zip']], 1);
  await f('/a.zip', [], 0, { trackDownloads: 'false' });
  for (const path of ['/a.pdfx', '/pdf', '/a.html', '/a.docy', '/.pdf/x']) await f(path, []);
});

test('an area of a picture is a link too', async () => {
  const f = async (href: string, want: unknown[]) =>
    expect((await after((page) => page.fire('click', link(href, 0, 'area')))).map(custom)).toEqual(want);
  await f('https://other.example.org/', [['outbound_click', 'outbound', 'other.example.org']]);
  await f('/a.zip', [['file_download', 'download', 'a.zip']]);
  await f('/a', []);
});

test('forms are named by id, name or the path of their action', async () => {
  const f = async (attributes: Record<string, string>, label?: string, data = {}) => {
    const events = await after((page) => page.fire('submit', target({}, attributes)), { data });
    expect(events.map(custom)).toEqual(label ? [['form_submit', 'form', label]] : []);
  };
  await f({ id: 'a', name: 'b', action: '/c' }, 'a');
  await f({ name: 'b', action: '/c' }, 'b');
  await f({ id: '', action: '/c?secret=1' }, '/c');
  await f({ action: 'https://other.example.org/d' }, '/d');
  await f({}, '/start');
  await f({ id: 'a' }, undefined, { trackForms: 'false' });
});

test('what the markup names', async () => {
  const f = async (dataset: object, want: object) => {
    const [e] = await after((page) => page.fire('click', target({ '[data-zta-track]': { dataset } })));
    const { action, category, label, value } = e;
    expect({ action, category, label, value }).toEqual({ category: undefined, label: undefined, value: null, ...want });
  };
  await f({ ztaTrack: 'signup' }, { action: 'signup' });
  await f(
    { ztaTrack: 'signup', ztaCategory: 'plans', ztaLabel: 'pro', ztaValue: '9.5' },
    { action: 'signup', category: 'plans', label: 'pro', value: 9.5 },
  );
});

test('an event has category, label, value, and its other scalars as properties', async () => {
  const props = { category: 'c', label: 'l', value: 2, plan: 'pro', n: 1, yes: true, none: null, list: [1], deep: {} };
  const want = { category: 'c', label: 'l', value: 2, properties: { plan: 'pro', n: 1, yes: true } };
  for (const name of ['event', 'track'])
    expect(await after((page) => page.zta[name]('x', props, { category: 'd' }))).toEqual([
      {
        ...{ id: expect.any(String), timestamp: expect.any(Number), path: '/start' },
        type: 'event',
        action: 'x',
        ...want,
      },
    ]);
  const circle: Record<string, unknown> = { n: 1 };
  circle.circle = circle;
  expect(await after((page) => page.zta('event', 'x', circle))).toMatchObject([{ properties: { n: 1 } }]);
  const [bare] = await after((page) => page.zta('event', 'x'));
  expect([bare.action, bare.properties]).toEqual(['x', {}]);
  expect(await after((page) => page.zta('event', 'x', null))).toMatchObject([{ action: 'x', properties: {} }]);
});

test('calls before loading wait; the names are functions and methods of both globals', async () => {
  const zta: any = function () {
    (zta.q = zta.q || []).push(arguments);
  };
  zta('config', { ignorePaths: ['/secret'] });
  zta('event', 'early', { n: 1 });
  const page = await openPage({ zta });
  page.zta('pageview', '/secret');
  await page.flush();
  expect(page.events().map((e) => e.action ?? e.path)).toEqual(['/start', 'early', '/start']); // the last is a scroll
  expect((globalThis as any).ZTA).toBe(page.zta);
  const methods = ['event', 'track', 'pageview', 'trackPageview', 'config', 'optOut', 'optIn', 'flush'];
  expect(methods.map((name) => typeof page.zta[name])).toEqual(methods.map(() => 'function'));
});

test('a second script does nothing', async () => {
  const page = await openPage();
  const second = await openPage({ zta: page.zta, ZTA: page.zta });
  await second.flush(); // of the first
  expect(second.zta).toBe(page.zta);
  expect(second.events().map((e) => e.type)).toEqual(['pageview']);
});

test('nothing is thrown into the page', async () => {
  const page = await openPage({ data: { debug: '' } });
  page.fire('click', { target: null, button: 0 });
  page.fire('submit', {});
  await page.call('nonsense');
  await page.call('event', 'x', { n: 10n });
  await page.call('pageview', 5);
  await page.flush();
  // An unhandled rejection would fail the run.
  expect(page.logged.filter((what) => what instanceof Error).length).toBe(4);
  expect(page.events('pageview').map((e) => e.path)).toEqual(['/start', '5']);
});

test('data-debug logs events and failures; nothing else does', async () => {
  for (const [debug, want] of [
    ['true', ['pageview', 'no network']],
    ['false', []],
  ] as const) {
    const page = await openPage({ data: { debug } });
    page.answers.push(new Error('no network'));
    await page.flush();
    expect(page.logged.map((what: any) => what.type ?? what.message)).toEqual(want);
    await page.call('config', { debug: debug == 'false' });
    await page.call('event', 'x');
    expect(page.logged.length).toBe(debug == 'false' ? 1 : 2);
  }
});

test('pages are excluded as the server does', async () => {
  const f = async (exclude: string, path: string, want: boolean) => {
    const data = { exclude, query: 'true', hash: 'true' };
    const page = await openPage({ data, url: 'https://shop.example.com' + path });
    await page.flush();
    expect([exclude, path, !page.sent.length]).toEqual([exclude, path, want]);
  };
  await f('/admin', '/admin', true);
  await f('/admin', '/admin/', true);
  await f('/admin', '/admin/users', true);
  await f('/admin', '/admin?x=1', true);
  await f('/admin', '/administration', false);
  await f('/admin', '/x/admin', false);
  await f('/admin/', '/admin/users', true);
  await f('/admin/', '/admin/?x=1', true);
  await f('/admin/', '/admin', false);
  await f('/a*/', '/ab/', true);
  await f('/a*/', '/ab/c', false);
  await f('/', '/', true);
  await f('/', '/a', false);
  await f('', '/', false);
  await f('/a/*/c', '/a/b/c', true);
  await f('/a/*/c', '/a/b/c/d', false);
  await f('/a/*/c', '/a/c', false);
  await f('*.pdf', '/docs/x.pdf', true);
  await f('*.pdf', '/docs/x.pdfs', false);
  await f('*', '/anything', true);
  await f('/x, /a.b', '/a.b/c', true);
  await f('/x, /a.b', '/aXb', false);
  await f('/app#/admin', '/app#/admin/users', true);
  await f('/app', '/app#/users', false);
  await f('/app', '/app#!/users', false);
  // What the server takes for no route is no part of the path.
  await f('/admin', '/admin#top', true);
  await f('/admin', '/admin#!top', true);
  await f('/admin', '/admin?x=1#top', true);
  await f('*.pdf', '/docs/x.pdf#page=2', true);
  await f('/admin', '/administration#top', false);
  await f('admin', '/admin/users', true);
  await f('admin', '/administration', false);
  await f('admin/*', '/admin/users', true);
  await f('#/admin', '/#/admin/users', true);
  await f('', '/undefined', false);
});

test('heatmap collection is loaded when it is asked for, of a sample that is drawn once', async () => {
  const f = async (data: Record<string, string>, options: object, kinds: unknown, draw = 0.5) => {
    vi.spyOn(Math, 'random').mockReturnValue(draw);
    const page = await openPage({ data });
    vi.spyOn(Math, 'random').mockReturnValue(1 - draw);
    await page.call('config', options);
    page.history.pushState(null, '', '/two');
    expect([data, options, page.emit.k]).toEqual([data, options, kinds]);
    vi.restoreAllMocks();
  };
  await f({}, {}, '');
  await f({ heatmaps: 'false' }, {}, '');
  await f({ heatmaps: 'true' }, {}, 'true'); // the collector's own choice
  await f({ heatmaps: '' }, {}, 't');
  await f({ heatmaps: 'click,move' }, {}, 'click,move');
  await f({}, { heatmaps: true }, true);
  await f({}, { heatmaps: true, heatmapTypes: ['move'] }, ['move']);
  await f({}, { heatmapTypes: ['move'] }, '');
  await f({ heatmaps: 'true', sampleRate: '51' }, {}, 'true');
  await f({ heatmaps: 'true', sampleRate: '50' }, {}, '');
  await f({ heatmaps: 'true', sampleRate: '0' }, {}, '', 0);
  await f({ heatmaps: 'true', sampleRate: '20' }, { sampleRate: 60 }, 'true');
});

test('heatmap collection can be stopped, with what was collected in the scroll event until then', async () => {
  const page = await openPage({ data: { heatmaps: 'true' } });
  page.emit.e = () => ({ dwell: [[0, 7]] });
  page.hide();
  expect(page.events('scroll')[0].dwell).toEqual([[0, 7]]);
  await page.call('config', { heatmaps: false });
  expect(page.emit.k).toBe('');
});
