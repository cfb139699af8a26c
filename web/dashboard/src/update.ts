// Notices that the server was updated while this page was open: the page goes on, but code that it has not loaded yet is gone.
import type { Signal } from '@preact/signals';
import type { Connection } from './socket';

interface Options {
  connection: Pick<Signal<Connection>, 'subscribe'>;
  /** The server's page as it is now, in HTML. */
  page: () => Promise<string>;
  /** The folder of this build's code. A page without it is of another build. */
  folder: string;
  tell: () => void;
}

/** Looks each time the connection is back after it was lost, and tells once. */
export function watchUpdates({ connection, page, folder, tell }: Options): void {
  let lost = false;
  const stop = connection.subscribe(({ kind }) => {
    if (kind === 'lost') lost = true;
    if (kind !== 'live' || !lost) return;
    lost = false;
    page().then(
      (html) => {
        if (html.includes(folder)) return;
        stop();
        tell();
      },
      () => undefined, // it will be asked after the next time
    );
  });
}
