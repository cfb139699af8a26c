// The real server, in a folder of its own that goes with it. ZTAS names the binary; it is built when nothing does.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const READY_WITHIN_MS = 30_000;

async function freePort() {
  const probe = createServer();
  await new Promise((listening) => probe.listen(0, '127.0.0.1', listening));
  const { port } = probe.address();
  await new Promise((closed) => probe.close(closed));
  return port;
}

export class Server {
  /** Starts it and waits until it answers. */
  async start() {
    this.folder ??= mkdtempSync(join(tmpdir(), 'ztas-e2e-data-'));
    this.binary ??= process.env.ZTAS ?? this.build();
    this.port ??= await freePort();
    this.base = `http://127.0.0.1:${this.port}`;
    const unlimited = ['MINUTE', 'HOUR', 'TRACK', 'TRACK_SITE', 'LOGIN'];
    const limits = Object.fromEntries(unlimited.map((name) => [`RATE_LIMIT_${name}`, '0']));
    // Receivers of webhooks in these tests listen on this machine, without TLS.
    const receivers = { WEBHOOK_ALLOW_HTTP: 'true', WEBHOOK_ALLOW_PRIVATE: 'true' };
    const args = ['serve', '--listen', `127.0.0.1:${this.port}`, '--data', join(this.folder, 'data')];
    this.child = spawn(this.binary, args, {
      env: { ...process.env, ...limits, ...receivers, METRICS_LISTEN: 'off', MIN_FREE_SPACE: '1', LOG_LEVEL: 'warn' },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const end = Date.now() + READY_WITHIN_MS;
    for (;;) {
      const ready = await fetch(`${this.base}/api/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (ready) return this.base;
      if (Date.now() > end || this.child.exitCode !== null) throw new Error('the server did not start');
      await new Promise((later) => setTimeout(later, 50));
    }
  }

  build() {
    const binary = join(this.folder, 'ztas');
    execFileSync('go', ['build', '-tags', 'nomsgpack', '-o', binary, './cmd/ztas'], { cwd: root, stdio: 'inherit' });
    return binary;
  }

  async stop() {
    if (this.child.exitCode !== null) return;
    const gone = new Promise((exited) => this.child.once('exit', exited));
    this.child.kill('SIGTERM');
    await gone;
  }

  async close() {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The demo, with two weeks behind it: one to show, one to compare with. */
export class Demo {
  account = { email: 'demo@example.com', password: 'watch-it-live' };

  /** Starts it and waits until its past is stored. */
  async start() {
    const server = new Server();
    this.folder = server.folder = mkdtempSync(join(tmpdir(), 'ztas-demo-'));
    const port = await freePort();
    const args = [
      'demo',
      '--listen',
      `127.0.0.1:${port}`,
      '--data',
      join(this.folder, 'data'),
      '--rate',
      '0.6',
      '--days',
      '15',
    ];
    this.child = spawn(process.env.ZTAS ?? server.build(), args, {
      env: {
        ...process.env,
        METRICS_LISTEN: 'off',
        MIN_FREE_SPACE: '1',
        LOG_LEVEL: 'warn',
        RATE_LIMIT_MINUTE: '0',
        RATE_LIMIT_HOUR: '0',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    await new Promise((filled, failed) => {
      this.child.once('exit', () => failed(new Error(`the demo ended: ${said}`)));
      this.child.stderr.on('data', (part) => {
        said += part;
        if (said.includes('the last days: 100 %')) filled();
      });
    });
    return `http://127.0.0.1:${port}`;
  }

  close = Server.prototype.close;
  stop = Server.prototype.stop;
}
