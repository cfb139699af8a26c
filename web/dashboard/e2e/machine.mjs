// What the machine has left. A promise in milliseconds is one of a machine that is not busy with something else: where a step measures such a
// promise, it is held to it when there was idle capacity, and otherwise says what it saw.
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

const times = () => {
  let idle = 0;
  let all = 0;
  for (const { times: cpu } of cpus()) {
    idle += cpu.idle;
    for (const part of Object.values(cpu)) all += part;
  }
  return { idle, all };
};

/** Starts to watch; the returned function gives the idle share of all processors since, 0 to 1. */
export function watchIdle() {
  const before = times();
  return () => {
    const now = times();
    return now.all === before.all ? 1 : (now.idle - before.idle) / (now.all - before.all);
  };
}

/** The idle share of the next moments. */
export async function idleShare(ms = 1_000) {
  const share = watchIdle();
  await sleep(ms);
  return share();
}
