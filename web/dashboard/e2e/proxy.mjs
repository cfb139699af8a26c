// A wire that a test can cut: TCP between browser and server. `mode` decides about new connections; cut also ends those that run.
import { connect, createServer } from 'node:net';

/** open: all pass · shut: none · no-sockets: everything but GET /ws. */
export class Wire {
  mode = 'open';
  #pairs = new Set();

  constructor(target) {
    this.target = new URL(target);
  }

  async listen() {
    this.server = createServer((near) => this.#join(near));
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${this.server.address().port}`;
  }

  #join(near) {
    if (this.mode === 'shut') return near.destroy();
    const far = connect(Number(this.target.port), this.target.hostname);
    const pair = [near, far];
    this.#pairs.add(pair);
    const end = () => {
      this.#pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    near.on('data', (chunk) => {
      if (this.mode === 'no-sockets' && chunk.toString('latin1').startsWith('GET /ws ')) end();
      else far.write(chunk);
    });
    far.on('data', (chunk) => near.write(chunk));
    for (const socket of pair) socket.on('error', end).on('close', end);
  }

  cut(mode) {
    this.mode = mode;
    for (const [near, far] of this.#pairs) {
      near.destroy();
      far.destroy();
    }
  }

  close() {
    this.cut('shut');
    this.server.close();
  }
}
