// The words for the state of the live connection. Pure.
import type { Connection } from './socket';

export interface Status {
  /** How it is drawn; the label says the same in words. */
  tone: 'live' | 'busy' | 'lost';
  label: string;
  /** A sentence for the banner; null while all is well. */
  detail: string | null;
  /** Trying at once may help. */
  canRetry: boolean;
}

export function statusOf(connection: Connection, now: number): Status {
  switch (connection.kind) {
    case 'live':
      return { tone: 'live', label: 'Live', detail: null, canRetry: false };
    case 'connecting':
      return { tone: 'busy', label: 'Connecting', detail: null, canRetry: false };
    case 'lost': {
      const seconds = Math.ceil((connection.retryAt - now) / 1_000);
      const next = seconds > 0 ? `Trying again in ${seconds}\u202fs.` : 'Trying again now.';
      const meanwhile = connection.polling ? 'The numbers are fetched every ten seconds.' : 'The numbers stand still.';
      return {
        tone: 'lost',
        label: connection.polling ? 'Polling' : 'Connection lost',
        detail: `${connection.meaning} ${meanwhile} ${next}`,
        canRetry: seconds > 1,
      };
    }
    case 'stopped': {
      const meanwhile = connection.polling ? ' The numbers are fetched every ten seconds.' : '';
      return {
        tone: 'lost',
        label: connection.polling ? 'Polling' : 'Not connected',
        detail: connection.meaning + meanwhile,
        canRetry: false,
      };
    }
    default:
      return connection satisfies never;
  }
}
