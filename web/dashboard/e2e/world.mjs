// A small made-up world for the fixture server: sites with visitors who come, read and leave. Everything follows from a seed and the clock.

const PAGES = [
  '/',
  '/pricing',
  '/blog/getting-started',
  '/docs',
  '/features',
  '/signup',
  '/docs/install',
  '/about',
  '/changelog',
  '/blog/why-we-left-cookies-behind-and-what-happened-next',
  '/contact',
];
const SOURCES = [
  '(direct)',
  'google.com',
  'partner.example.com',
  'linkedin.com',
  'x.com',
  'bing.com',
  'chatgpt.com',
  'news.ycombinator.com',
];
const COUNTRIES = [
  ['US', 'United States'],
  ['GB', 'United Kingdom'],
  ['CA', 'Canada'],
  ['DE', 'Germany'],
  ['FR', 'France'],
  ['ZZ', 'Unknown'],
  ['BR', 'Brazil'],
  ['JP', 'Japan'],
];
const BROWSERS = ['Chrome', 'Safari', 'Edge', 'Firefox'];
const SYSTEMS = ['Windows', 'macOS', 'iOS', 'Android', 'Linux'];
const DEVICES = ['desktop', 'mobile', 'tablet'];
const CHANNELS = {
  '(direct)': 'direct',
  'google.com': 'organic',
  'bing.com': 'organic',
  'partner.example.com': 'referral',
  'linkedin.com': 'social',
  'x.com': 'social',
  'chatgpt.com': 'ai',
  'news.ycombinator.com': 'referral',
};

/** Mulberry32: the same numbers for the same seed. */
export function randomFrom(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Small indexes are more likely. */
const pick = (random, list) => list[Math.floor(random() ** 2.2 * list.length)];

const clocks = new Map();

/** The parts of an instant on the clock of a zone, and the offset there; kept by the minute, for it is asked for every event and tick. */
function local(zone, ts) {
  const key = `${zone} ${Math.floor(ts / 60_000)}`;
  let known = clocks.get(key);
  if (!known) clocks.set(key, (known = readClock(zone, ts)));
  return known;
}

function readClock(zone, ts) {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'longOffset',
  });
  const parts = Object.fromEntries(format.formatToParts(ts).map(({ type, value }) => [type, value]));
  const offset = parts.timeZoneName.replace('GMT', '') || '+00:00';
  return { ...parts, offset, date: `${parts.year}-${parts.month}-${parts.day}` };
}

const percent = (part, whole) => (whole === 0 ? 0 : Math.floor((20000 * part + whole) / (2 * whole)) / 100);
const tally = (list, key) => list.reduce((sums, one) => sums.set(one[key], (sums.get(one[key]) ?? 0) + 1), new Map());
const sorted = (sums) => [...sums].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));

export class World {
  /** @param {{timezone: string}} site */
  constructor(site, seed = 7) {
    this.site = site;
    this.random = randomFrom(seed);
    this.views = [];
    this.bots = { search: 0, ai: 0, other: 0 };
    this.visitors = 0;
    this.known = new Map();
  }

  /** Visits spread from local midnight to now, a third of them bots' hits. */
  fill(now, visits) {
    const zone = this.site.timezone;
    const { hour, minute } = local(zone, now);
    const since = (Number(hour) * 60 + Number(minute)) * 60_000;
    for (let i = 0; i < visits; i++) this.visit(now - Math.floor(this.random() * since));
    for (let i = 0; i < 14; i++) this.visit(now - Math.floor(this.random() * Math.min(since, 1_500_000)));
    for (let i = 0; i < visits / 3; i++) this.bot();
  }

  bot() {
    this.bots[pick(this.random, ['search', 'ai', 'other'])]++;
  }

  /** Somebody new with everything a visit knows of them. */
  visitor(start) {
    const r = this.random;
    return {
      id: ++this.visitors,
      country: pick(r, COUNTRIES),
      source: pick(r, SOURCES),
      device: pick(r, DEVICES),
      browser: pick(r, BROWSERS),
      system: pick(r, SYSTEMS),
      start,
    };
  }

  /** One visitor with one to four pageviews from ts on, none in the future. */
  visit(ts) {
    const r = this.random;
    const visitor = this.visitor(ts);
    const pages = 1 + Math.floor(r() ** 2 * 4);
    for (let i = 0; i < pages; i++) {
      const at = ts + i * (20_000 + Math.floor(r() * 60_000));
      if (i > 0 && at > Date.now()) break;
      this.views.push({ ts: at, path: pick(r, PAGES), visitor });
    }
    this.views.sort((a, b) => a.ts - b.ts);
  }

  /** One pageview as a tracker sends it; key tells visitors apart. */
  track(key, path, ts) {
    if (!this.known.has(key)) this.known.set(key, this.visitor(ts));
    this.views.push({ ts, path, visitor: this.known.get(key) });
    this.views.sort((a, b) => a.ts - b.ts);
  }

  realtime(now) {
    const zone = this.site.timezone;
    const live = this.views.filter(({ ts }) => ts > now - 300_000 && ts <= now);
    const latest = new Map(live.map((view) => [view.visitor.id, view]));
    const by = (key) =>
      Object.fromEntries(
        tally(
          [...latest.values()].map(key).map((k) => ({ k })),
          'k',
        ),
      );
    const minutes = (n, value) =>
      Array.from({ length: n }, (_, i) => {
        const start = Math.floor(now / 60_000) * 60_000 - (n - 1 - i) * 60_000;
        const inside = this.views.filter(({ ts }) => ts >= start && ts < start + 60_000);
        const at = local(zone, start);
        return { minute: `${at.hour}:${at.minute}`, ...value(inside) };
      });
    return {
      activeVisitors: latest.size,
      pageviewsLast5Min: live.length,
      pageBreakdown: by(({ path }) => path),
      recentPageviews: this.views
        .filter(({ ts }) => ts > now - 1_800_000 && ts <= now)
        .slice(-10)
        .reverse()
        .map(({ path, ts, visitor }) => ({
          page: path,
          timestamp: new Date(ts).toISOString(),
          country: visitor.country[0],
        })),
      visitorsPerMinute: minutes(5, (inside) => ({ visitors: new Set(inside.map(({ visitor }) => visitor.id)).size })),
      sourceBreakdown: by(({ visitor }) => visitor.source),
      countryBreakdown: by(({ visitor }) => visitor.country[0]),
      pageviewsPerMinute: minutes(30, (inside) => ({ pageviews: inside.length })),
      timestamp: new Date(now).toISOString(),
    };
  }

  stats(now, limit = 10) {
    const zone = this.site.timezone;
    const today = local(zone, now).date;
    const views = this.views.filter(({ ts }) => ts <= now && local(zone, ts).date === today);
    const visitors = [...new Map(views.map(({ visitor }) => [visitor.id, visitor])).values()];
    const pagesOf = tally(
      views.map(({ visitor }) => ({ id: visitor.id })),
      'id',
    );
    const buckets = new Map();
    for (let h = 0; h <= Number(local(zone, now).hour); h++) buckets.set(String(h).padStart(2, '0'), []);
    for (const view of views) buckets.get(local(zone, view.ts).hour)?.push(view);
    const offset = local(zone, now).offset;
    const count = visitors.length;
    const names = (key) =>
      sorted(tally(visitors, key))
        .slice(0, limit)
        .map(([name, visits]) => ({ name, visits, percentage: percent(visits, count) }));
    const shares = (keys, sums) => Object.fromEntries(keys.map((key) => [key, percent(sums.get(key) ?? 0, count)]));
    const { search, ai, other } = this.bots;
    return {
      range: { start: `${today}T00:00:00.000Z`, end: new Date(now).toISOString(), timezone: zone, interval: 'hour' },
      summary: {
        pageviews: views.length,
        uniqueVisitors: count,
        sessions: count,
        bounceRate: percent([...pagesOf.values()].filter((n) => n === 1).length, count),
        avgSessionDuration: count === 0 ? 0 : 98,
        avgTimeOnPage: count === 0 ? 0 : 50,
      },
      timeseries: [...buckets].map(([hour, inside]) => ({
        date: `${today}T${hour}:00:00${offset}`,
        pageviews: inside.length,
        uniqueVisitors: new Set(inside.map(({ visitor }) => visitor.id)).size,
        sessions: new Set(inside.map(({ visitor }) => visitor.id)).size,
      })),
      topPages: sorted(tally(views, 'path'))
        .slice(0, limit)
        .map(([path, pageviews]) => ({ path, pageviews, uniqueVisitors: pageviews })),
      topReferrers: sorted(tally(visitors, 'source'))
        .slice(0, limit)
        .map(([domain, visits]) => ({ domain, visits })),
      devices: shares(DEVICES, tally(visitors, 'device')),
      browsers: names('browser'),
      operatingSystems: names('system'),
      countries: sorted(
        tally(
          visitors.map(({ country }) => ({ code: country[0] })),
          'code',
        ),
      )
        .slice(0, limit)
        .map(([code, visits]) => ({ code, name: COUNTRIES.find(([c]) => c === code)?.[1], visits })),
      trafficSources: shares(
        ['direct', 'organic', 'referral', 'social', 'paid', 'email', 'ai'],
        tally(
          visitors.map(({ source }) => ({ channel: CHANNELS[source] })),
          'channel',
        ),
      ),
      filtered: {
        bot: { total: search + ai + other, search, ai, other },
        optOut: 3,
        path: 0,
        heatmapsOff: 0,
        prefetch: 5,
      },
    };
  }
}
