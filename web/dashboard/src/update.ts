// Notices that the server was updated while this page was open: the page goes on, but code that it has not loaded yet is gone.
import type { Signal } from '@preact/signals';
import type { Connection } from './socket';

interface Options {
  connection: Pick<Signal<Connection>, 'subscribe'>;
  /** Whether the server has the build of this page; rejects while it cannot be reached. */
  isCurrent: () => Promise<boolean>;
  tell: () => void;
}

/** Looks each time the connection is back after it was lost, and tells once. */
export function watchUpdates({ connection, isCurrent, tell }: Options): void {
  let lost = false;
  const stop = connection.subscribe(({ kind }) => {
    if (kind === 'lost') lost = true;
    if (kind !== 'live' || !lost) return;
    lost = false;
    isCurrent().then(
      (current) => {
        if (current) return;
        stop();
        tell();
      },
      () => undefined, // it will be asked after the next time
    );
  });
}
