// One subscription's place in its stream: which deltas apply, which are old, which show a gap. Pure: frames in, a verdict out.
import type { Op, Params, Position, ServerFrame, Topic } from './protocol';
import type { End, StreamError } from './store';

/** Where a subscription's data go. */
export interface Sink {
  snapshot(data: unknown, now: number): void;
  delta(op: Op, data: unknown, now: number): void;
  fail(error: StreamError): void;
  end(reason: End): void;
}

/** What a panel asks for. */
export interface Wish {
  topic: Topic;
  siteId: string;
  params?: Params;
  sink: Sink;
  /** The REST call with the same answer, used while there is no connection. */
  poll?: () => Promise<unknown>;
  /** Milliseconds between two polls. */
  pollEveryMs?: number;
}

/** gap: unsubscribe and subscribe again, without a position. */
export type Verdict = 'apply' | 'ignore' | 'gap';

export class Subscription {
  /** The id on the current connection; a new one for every subscribe, so that late frames of an older one name nobody. */
  id = '';
  /** The server has answered the current subscribe. */
  answered = false;
  /** Nothing more will come: rights or site are gone, or the server does not know the topic. */
  over = false;
  /** Null: only a snapshot can say where the stream stands. */
  position: Position | null = null;

  constructor(readonly wish: Wish) {}

  /** Takes a frame that carries this subscription's id and moves the position with it. */
  take(frame: Extract<ServerFrame, { type: 'subscribed' | 'snapshot' | 'delta' }>): Verdict {
    switch (frame.type) {
      case 'subscribed':
        this.answered = true;
        if (!frame.resumed) this.position = null;
        else if (this.position?.epoch !== frame.epoch) return 'gap';
        return 'ignore'; // frame.seq is where the stream is, not where this state is: the missing deltas follow
      case 'snapshot':
        this.position = { epoch: frame.epoch, seq: frame.seq };
        return 'apply';
      case 'delta':
        if (!this.position || frame.seq <= this.position.seq) return 'ignore';
        if (frame.prev !== this.position.seq) return 'gap';
        this.position = { epoch: this.position.epoch, seq: frame.seq };
        return 'apply';
      default:
        return frame satisfies never;
    }
  }
}
