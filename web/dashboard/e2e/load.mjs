// A busy site: made-up visitors from many countries, sent in batches at a steady pace.
import assert from 'node:assert/strict';

const BATCH = 100;
const BATCHES = 100;

const paths = Array.from({ length: 60 }, (_, i) =>
  i < 5 ? ['/', '/pricing', '/docs', '/blog', '/about'][i] : `/blog/post-${i}`,
);
const referrers = [
  '',
  'https://www.google.com/',
  'https://news.ycombinator.com/',
  'https://www.linkedin.com/',
  'https://t.co/',
];
const systems = ['Windows NT 10.0; Win64; x64', 'Macintosh; Intel Mac OS X 10_15_7', 'X11; Linux x86_64'];
/** First halves of addresses in the US, Germany, Britain, France, India, Brazil, Japan, Australia, South Africa and Korea. */
const networks = ['18.122', '49.13', '25.86', '77.207', '27.62', '177.76', '60.75', '16.26', '41.25', '27.239'];

function event(n) {
  const agent = `Mozilla/5.0 (${systems[n % 3]}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36`;
  const path = paths[Math.floor(((n * 7_919) % 3_600) ** 0.5)];
  const context = { ip: `${networks[(n * 31) % 10]}.${(n >> 8) & 255}.${n & 255}`, userAgent: agent };
  if (n % 8 === 0) return { type: 'event', path, action: ['signup', 'download', 'video_play'][n % 3], context };
  return { type: 'pageview', path, referrer: referrers[(n * 13) % 5], context };
}

export class Load {
  /** Events that the server has stored. */
  stored = 0;
  #running = false;

  /** @param {{base: string, key: string, siteId: string, perSecond: number}} options key: an API key that may write */
  constructor({ base, key, siteId, perSecond }) {
    this.url = `${base}/api/track`;
    this.headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` };
    this.perSecond = perSecond;
    this.bodies = Array.from({ length: BATCHES }, (_, i) =>
      JSON.stringify({ siteId, events: Array.from({ length: BATCH }, (_, j) => event(i * BATCH + j)) }),
    );
  }

  start() {
    this.#running = true;
    this.startedAt = performance.now();
    this.#done = this.#run();
  }

  /** Ends it when all answers are there, and returns how many events a second there were. */
  async stop() {
    this.#running = false;
    await this.#done;
    return (this.stored / (performance.now() - this.startedAt)) * 1_000;
  }

  #done;

  /** Keeps to the clock: what a late turn missed, the next one makes up for. */
  async #run() {
    const underway = new Set();
    for (let sent = 0; this.#running;) {
      const due = ((performance.now() - this.startedAt) / 1_000) * this.perSecond;
      for (; sent + BATCH <= due; sent += BATCH) {
        const request = this.#send(this.bodies[(sent / BATCH) % BATCHES]).finally(() => underway.delete(request));
        underway.add(request);
      }
      await new Promise((later) => setTimeout(later, 10));
      if (underway.size > 20) await Promise.race(underway);
    }
    await Promise.all(underway);
  }

  async #send(body) {
    const response = await fetch(this.url, { method: 'POST', headers: this.headers, body });
    const answer = await response.json();
    assert.equal(response.status, 200, JSON.stringify(answer));
    this.stored += BATCH;
  }
}
