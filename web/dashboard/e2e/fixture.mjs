// A server for browser tests that speaks the contract as far as the live page needs it: accounts, sites, stats, realtime, tickets, /ws.
// It serves dist with the policy of embed.go, which it reads from there. `node e2e/fixture.mjs [port]` runs it alone, with a demo site.
//
// Beside the contract it has, for tests: POST /fixture/restart (a new epoch), POST /fixture/demo?domain=&name=&timezone=&visits= (a filled site).
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import { World } from './world.mjs';

const dist = new URL('../../dist/', import.meta.url);
const embed = readFileSync(new URL('../../embed.go', import.meta.url), 'utf8');
/** The policy exactly as the real server sends it. */
export const policy = [...(/const policy = ([^]*?)\n\n/.exec(embed)?.[1] ?? '').matchAll(/"([^"]*)"/g)]
  .map((m) => m[1])
  .join('');
const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const settings = { excludePaths: [], allowedDomains: [], filterBots: true, heatmaps: true, dataRetention: 730 };
const iso = (ms) => new Date(ms).toISOString();

class Refusal extends Error {
  constructor(status, message, code = 'validation_failed') {
    super(message);
    Object.assign(this, { status, code });
  }
}

/** RFC 7396 patch from one state to another; null: they are equal. */
function diff(from, to) {
  const patch = {};
  for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const a = from[key];
    const b = to[key];
    const objects = [a, b].every((v) => v && typeof v === 'object' && !Array.isArray(v));
    if (!(key in to)) patch[key] = null;
    else if (objects) {
      const inner = diff(a, b);
      if (inner) patch[key] = inner;
    } else if (JSON.stringify(a) !== JSON.stringify(b)) patch[key] = b;
  }
  return Object.keys(patch).length > 0 ? patch : null;
}

export class Fixture {
  users = [];
  tokens = new Map();
  tickets = new Map();
  sites = new Map();
  epoch = 'e1';
  seq = 100;
  ids = 0;
  sockets = new Set();

  async listen(port = 0) {
    this.http = createServer((req, res) => void this.serve(req, res));
    this.wss = new WebSocketServer({ noServer: true, handleProtocols: () => 'zta.v1' });
    this.http.on('upgrade', (req, socket, head) => {
      if (req.url !== '/ws') return socket.destroy();
      this.wss.handleUpgrade(req, socket, head, (ws) => this.greet(ws));
    });
    await new Promise((resolve) => this.http.listen(port, '127.0.0.1', resolve));
    this.timer = setInterval(() => this.publish(), 100);
    this.base = `http://127.0.0.1:${this.http.address().port}`;
    return this.base;
  }

  close() {
    clearInterval(this.timer);
    for (const ws of this.sockets) ws.terminate();
    this.http.close();
    this.http.closeAllConnections();
  }

  // ---- REST ----

  async serve(req, res) {
    const url = new URL(req.url, 'http://fixture');
    const headers = { 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' };
    const answer = (status, body) =>
      res
        .writeHead(status, { ...headers, 'Content-Type': 'application/json', 'X-Request-Id': `req_${++this.ids}` })
        .end(JSON.stringify(body));
    try {
      if (url.pathname.startsWith('/fixture/')) return answer(200, { data: this.control(url) });
      if (!url.pathname.startsWith('/api/')) return this.file(url.pathname, res, headers);
      let text = '';
      for await (const chunk of req) text += chunk;
      const body = text ? JSON.parse(text) : {};
      const user = this.tokens.get((req.headers.authorization ?? '').replace('Bearer ', ''));
      const [status, data] = this.route(`${req.method} ${url.pathname}`, {
        url,
        body,
        user,
        agent: req.headers['user-agent'] ?? '',
      });
      answer(status, { data });
    } catch (error) {
      if (!(error instanceof Refusal)) console.error(error);
      answer(error.status ?? 500, { error: error.status ? error.message : 'Internal server error', code: error.code });
    }
  }

  file(path, res, headers) {
    const name = extname(path) ? path.slice(1) : 'index.html';
    let body;
    try {
      body = readFileSync(new URL(name, dist));
    } catch {
      return res.writeHead(404, headers).end('Not found');
    }
    res
      .writeHead(200, {
        ...headers,
        'Content-Type': types[extname(name)] ?? 'application/octet-stream',
        'Cache-Control': 'no-cache',
        'Content-Security-Policy': policy,
      })
      .end(body);
  }

  route(route, { url, body, user, agent }) {
    const query = url.searchParams;
    switch (route) {
      case 'GET /api/setup':
        return [200, { needsSetup: this.users.length === 0, registrationEnabled: false }];
      case 'POST /api/auth/register': {
        if (this.users.length > 0) throw new Refusal(403, 'Registration is disabled', 'forbidden');
        if (body.password === 'password') throw new Refusal(400, 'Password is too common');
        const fresh = {
          id: `user_${++this.ids}aaaaa`,
          email: body.email,
          name: body.name ?? null,
          createdAt: iso(Date.now()),
          password: body.password,
        };
        this.users.push(fresh);
        return [201, this.pair(fresh)];
      }
      case 'POST /api/auth/login': {
        const known = this.users.find((one) => one.email === body.email && one.password === body.password);
        if (!known) throw new Refusal(401, 'Invalid credentials', 'unauthorized');
        return [200, this.pair(known)];
      }
    }
    if (route === 'POST /api/track') {
      const { world } = this.find(body.siteId);
      for (const event of body.events)
        world.track(agent, event.path, Math.min(Date.now(), Number(event.timestamp ?? Date.now())));
      return [200, { success: true, count: body.events.length, duplicates: 0, rejected: [] }];
    }
    if (!user) throw new Refusal(401, 'Invalid or expired token', 'unauthorized');
    switch (route) {
      case 'POST /api/auth/logout':
        return [200, { success: true, message: 'Logged out' }];
      case 'POST /api/ws/ticket': {
        const ticket = `wst_${++this.ids}`;
        this.tickets.set(ticket, user);
        return [201, { ticket, expiresAt: iso(Date.now() + 30_000), url: 'wss://elsewhere.example.com/ws' }];
      }
      case 'GET /api/sites':
        return [200, [...this.sites.values()].map(({ site, world }) => this.row(site, world))];
      case 'POST /api/sites':
        return [201, this.addSite(body).site];
      case 'GET /api/stats':
        return [200, this.find(query.get('siteId')).world.stats(Date.now(), Number(query.get('limit') ?? 10))];
      case 'GET /api/realtime':
        return [200, this.find(query.get('siteId')).world.realtime(Date.now())];
    }
    const id = /^GET \/api\/sites\/(\w+)$/.exec(route)?.[1];
    if (!id) throw new Refusal(404, 'Not found', 'not_found');
    const { site, world } = this.find(id);
    return [200, { ...site, stats: this.row(site, world).stats }];
  }

  pair(user) {
    const token = `jwt_${++this.ids}`;
    this.tokens.set(token, user);
    const { password: _, ...shown } = user;
    return {
      token,
      expiresAt: iso(Date.now() + 7 * 86_400_000),
      refreshToken: `rt_${this.ids}`,
      refreshExpiresAt: iso(Date.now() + 30 * 86_400_000),
      user: shown,
    };
  }

  find(id) {
    const found = this.sites.get(id);
    if (!found) throw new Refusal(404, 'Site not found', 'not_found');
    return found;
  }

  row(site, world) {
    const last = world.views.at(-1);
    return {
      ...site,
      stats: { pageviews: world.views.length, visitors: world.visitors, lastPageview: last ? iso(last.ts) : null },
      teamMembers: 1,
    };
  }

  addSite({ domain, name, timezone = 'UTC' }) {
    if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(domain ?? ''))
      throw new Refusal(400, domain ? 'Invalid domain format' : 'Domain is required');
    const id = `site_${String(++this.ids).padStart(6, 'a')}`;
    const site = {
      id,
      domain,
      name: name ?? domain,
      timezone,
      public: false,
      role: 'owner',
      settings,
      createdAt: iso(Date.now()),
      updatedAt: iso(Date.now()),
      deletedAt: null,
      purgeAt: null,
      trackingCode: `<script defer data-site="${id}" src="https://analytics.example.com/js/analytics.js"></script>`,
    };
    const entry = { site, world: new World(site) };
    this.sites.set(id, entry);
    return entry;
  }

  control(url) {
    const query = url.searchParams;
    switch (url.pathname) {
      case '/fixture/restart':
        this.epoch += 'x';
        for (const ws of this.sockets) ws.close(1001);
        return {};
      case '/fixture/demo': {
        const entry = this.addSite({
          domain: query.get('domain'),
          name: query.get('name') ?? undefined,
          timezone: query.get('timezone') ?? 'UTC',
        });
        entry.world.fill(Date.now(), Number(query.get('visits') ?? 900));
        return { id: entry.site.id };
      }
      default:
        throw new Refusal(404, 'Not found');
    }
  }

  // ---- WebSocket ----

  greet(ws) {
    const client = { subscriptions: new Map(), user: null };
    ws.client = client;
    this.sockets.add(ws);
    ws.on('close', () => this.sockets.delete(ws));
    const say = (frame) => ws.send(JSON.stringify(frame));
    ws.say = say;
    say({ type: 'hello', version: 1, authTimeoutMs: 10_000, pingIntervalMs: 25_000 });
    ws.on('message', (text) => {
      const frame = JSON.parse(String(text));
      if (frame.type === 'auth') {
        client.user = this.tickets.get(frame.ticket);
        this.tickets.delete(frame.ticket);
        if (!client.user) return ws.close(4001);
        return say({
          type: 'ready',
          connectionId: `c_${++this.ids}`,
          userId: client.user.id,
          expiresAt: iso(Date.now() + 86_400_000),
        });
      }
      if (!client.user) return ws.close(4001);
      if (frame.type === 'ping') return say({ type: 'pong', nonce: frame.nonce, serverTime: iso(Date.now()) });
      if (frame.type === 'unsubscribe') {
        client.subscriptions.delete(frame.id);
        return say({ type: 'unsubscribed', id: frame.id, reason: 'client' });
      }
      this.subscribe(ws, frame);
    });
  }

  state({ topic, siteId, params }) {
    const { world } = this.find(siteId);
    return topic === 'realtime' ? world.realtime(Date.now()) : world.stats(Date.now(), params?.limit);
  }

  subscribe(ws, frame) {
    const { id, topic, siteId, resume } = frame;
    if (!this.sites.has(siteId)) return ws.say({ type: 'error', id, code: 'not_found', error: 'Site not found' });
    // What a client last saw is kept by position, so a resume is one merged patch, as the contract allows.
    const key = (seq) => JSON.stringify([topic, siteId, seq]);
    const seen = resume?.epoch === this.epoch ? this.history.get(key(resume.seq)) : undefined;
    const data = this.state(frame);
    const seq = ++this.seq;
    const subscription = { ...frame, seq, data, key };
    ws.client.subscriptions.set(id, subscription);
    this.history.set(key(seq), data);
    ws.say({ type: 'subscribed', id, topic, siteId, epoch: this.epoch, seq, resumed: seen !== undefined });
    if (seen)
      ws.say({
        type: 'delta',
        id,
        seq,
        prev: resume.seq,
        op: 'patch',
        data: diff(seen, data) ?? {},
        at: iso(Date.now()),
      });
    else ws.say({ type: 'snapshot', id, epoch: this.epoch, seq, data });
    this.resumes.push(seen !== undefined);
  }

  history = new Map();
  resumes = [];

  /** Sends each subscription what changed since its last frame. The time alone is no change. */
  publish() {
    for (const ws of this.sockets) {
      for (const subscription of ws.client.subscriptions.values()) {
        const data = this.state(subscription);
        const patch = diff(subscription.data, data);
        const changed = patch && Object.keys(patch).some((key) => key !== 'timestamp' && key !== 'range');
        if (!changed) continue;
        const prev = subscription.seq;
        Object.assign(subscription, { seq: ++this.seq, data });
        this.history.set(subscription.key(subscription.seq), data);
        ws.say({
          type: 'delta',
          id: subscription.id,
          seq: subscription.seq,
          prev,
          op: 'patch',
          data: patch,
          at: iso(Date.now()),
        });
      }
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const fixture = new Fixture();
  console.log(await fixture.listen(Number(process.argv[2] ?? 8099)));
}
