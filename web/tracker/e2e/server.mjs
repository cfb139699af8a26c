// The real server: started, killed, stopped, and asked what it stored; and a wire to it that sees every request.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE = 20_000; // ms

export class Server {
  data = mkdtempSync(join(tmpdir(), 'ztas-tracker-'));

  /** @param {string} program path of ztas */
  constructor(program) {
    this.program = program;
  }

  async start() {
    this.port ??= await freePort();
    const env = {
      ...process.env,
      LISTEN: `127.0.0.1:${this.port}`,
      METRICS_LISTEN: 'off',
      DATA_DIR: this.data,
      RATE_LIMIT_TRACK: '0',
      MIN_FREE_SPACE: '1', // how full the machine's disk is does not matter here
      LOG_LEVEL: 'warn',
    };
    this.process = spawn(this.program, ['serve'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    this.gone = new Promise((resolve) => this.process.once('exit', resolve));
    for (const end = Date.now() + PATIENCE; ; await sleep(20)) {
      const ready = await fetch(`http://127.0.0.1:${this.port}/api/ready`).catch(() => null);
      if (ready?.ok) return;
      assert(Date.now() < end && this.process.exitCode === null, 'the server does not start');
    }
  }

  async end(signal = 'SIGTERM') {
    this.process.kill(signal);
    await this.gone;
  }

  /** Registers the first account, makes a site, returns its id. */
  async site(domain, settings) {
    const call = async (path, body, token) => {
      const headers = { 'Content-Type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}) };
      const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      });
      const answer = await response.json();
      assert(response.ok, JSON.stringify(answer));
      return answer;
    };
    this.token ??= (
      await call('/api/auth/register', { email: 'owner@example.com', password: 'correct horse battery' })
    ).data.token;
    return (await call('/api/sites', { domain, settings }, this.token)).data.id;
  }

  /** Every stored event of a site, with all its columns. The server must have ended. */
  stored(site) {
    const out = execFileSync(this.program, ['export', 'events', '--site', site, '--data', this.data], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return String(out)
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }

  remove() {
    rmSync(this.data, { recursive: true, force: true });
  }
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Passes requests on to the server and keeps what was sent to /api/track. */
export class Wire {
  /** @type {{body: string, events: object[], status: number}[]} status 0: no answer */
  sent = [];

  async open(server) {
    this.http = createServer(async (req, res) => {
      const chunks = [];
      for await (const chunk of req) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      const note = (status) =>
        req.method === 'POST' &&
        this.sent.push({ body: String(body), headers: req.headers, events: JSON.parse(body).events, status });
      const out = request(
        { host: '127.0.0.1', port: server.port, path: req.url, method: req.method, headers: req.headers },
        (answer) => {
          res.writeHead(answer.statusCode, answer.headers);
          answer.pipe(res);
          answer.on('end', () => note(answer.statusCode));
        },
      );
      out.on('error', () => {
        note(0);
        req.socket.destroy();
      });
      out.end(body);
    });
    await new Promise((resolve) => this.http.listen(0, '127.0.0.1', resolve));
    this.port = this.http.address().port;
  }

  /** Waits until something holds for what was sent. */
  async until(what, holds) {
    for (const end = Date.now() + PATIENCE; !holds(this.sent); await sleep(10)) {
      assert(Date.now() < end, `${what} was not sent: ${JSON.stringify(this.sent.slice(-3), null, 1)}`);
    }
  }

  close() {
    this.http.close();
    this.http.closeAllConnections();
  }
}
