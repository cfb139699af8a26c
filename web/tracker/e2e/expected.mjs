// What the server stores of each page: the columns that the script decides, in the order of their arrival.

const view = { type: 'pageview', channel: 'direct', source: '(direct)' };
const event = (action, category, label) => ({ type: 'event', action, ...(category ? { category, label } : {}) });
const engagement = (ms) => ({ type: 'engagement', time_on_page_ms: ms, seq: 1 });
const scroll = (dh, depth, more) => ({ type: 'scroll', vw: 1000, vh: 800, dh, depth, ...more });
const click = (x, y, element, id, dead, text) => ({
  ...{ type: 'click', x, y, vw: 1000, vh: 800, selector: `#${id}`, element: `${element}#${id}`, dead },
  ...(text ? { text } : {}),
});

const pointed = (x, y, element, selector, text) => ({
  ...{ type: 'click', x, y, vw: 1000, vh: 800, selector, element, dead: false },
  ...(text ? { text } : {}),
});

export const expected = {
  '/static': [
    {
      ...{ type: 'pageview', referrer_domain: 'google.com', channel: 'paid', source: 'news' },
      ...{ utm_source: 'News', utm_medium: 'email' },
    },
    engagement(4200),
    scroll(2000, 70), // (600 + 800) / 2,000
  ],
  '/links': [
    view,
    event('outbound_click', 'outbound', 'other.example.org'),
    event('file_download', 'download', 'report.pdf'),
    { ...event('signup', 'plans', 'pro'), value: 9.5 },
    event('outbound_click', 'outbound', 'area.example.org'),
    engagement(1500),
    scroll(800, 100),
  ],
  '/form': [
    view,
    event('form_submit', 'form', 'contact'),
    event('form_submit', 'form', '/subscribe'),
    scroll(800, 100),
  ],
  '/spa': [
    { ...view, referrer_domain: 'news.ycombinator.com', channel: 'social', source: 'news.ycombinator.com' },
    engagement(2000),
    scroll(1600, 50),
    view, // back again: a route has no referrer
    engagement(3000),
    scroll(1600, 50),
  ],
  '/spa/two': [view, engagement(1000), scroll(1600, 50)],
  '/hash#/a': [view, scroll(2000, 40)],
  '/hash#/b': [view, scroll(2000, 40)],
  '/bfcache': [view, scroll(2000, 40), view, scroll(2000, 40)],
  '/bfcache/next': [view, scroll(2000, 40)],
  '/prerender': [view, event('waited'), event('activated')],
  '/policy': [
    view,
    click(140, 70, 'button', 'go', false, 'Go'),
    click(10, 410, 'label', 'name', false, 'Name'),
    pointed(5, 515, 'text', '#part>text:nth-of-type(1)', 'Part'),
    click(50, 250, 'p', 'dead', true),
    engagement(900),
    scroll(800, 100, { dwell: [[0, 901]] }),
  ],
  '/heatmap': [
    view,
    ...[10, 11, 12, 13, 14].map((x, i) => ({
      ...pointed(x, 10, 'i', 'body>button:nth-of-type(1)>i:nth-of-type(1)', 'Buy'),
      ...(i < 4 ? {} : { rage: 5 }),
    })),
    pointed(10, 110, 'b', 'body>a:nth-of-type(1)>b:nth-of-type(1)', ''),
    pointed(10, 410, 'span', '#list>li:nth-of-type(2)>span:nth-of-type(1)', ''), // the route came before it was dead
    { type: 'move', vw: 1000, vh: 800, points: [[600, 500]] },
    scroll(800, 100),
  ],
  '/heatmap/next': [view, scroll(800, 100)],
  '/optout': [view, event('shown')],
  '/excluded/page': [],
  '/stub': [
    view,
    { ...event('early'), category: 'c', properties: { n: 2, plan: 'pro' } },
    event('404'),
    scroll(2000, 40),
  ],
  '/retry': [view, engagement(3000), scroll(2000, 40)],
};
