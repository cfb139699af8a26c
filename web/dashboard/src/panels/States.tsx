// What stands where data are not: a skeleton of their shape, a reason, an error with a way on.
import type { ComponentChildren } from 'preact';
import { useServices } from '../context';
import { apart } from '../format';
import { granter } from '../roles';
import type { StreamError } from '../store';
import type { Role, Site } from '../types';

/** Shaped like a list; it shows after 150 ms, so that a quick answer does not flicker. */
export function SkeletonRows({ count }: { count: number }) {
  return (
    <div class="skeleton" role="status">
      <span class="sr-only">Loading</span>
      {Array.from({ length: count }, (_, i) => (
        <div key={i} class="bone" style={{ width: `${92 - ((i * 37) % 45)}%` }} />
      ))}
    </div>
  );
}

/** Why there is nothing, and what to do next. */
export function Empty({ children }: { children: ComponentChildren }) {
  return <div class="empty">{children}</div>;
}

interface FailureProps {
  error: StreamError;
  retry: () => void;
  /** What retry does, in words. */
  action?: string;
}

export function Failure({ error, retry, action = 'Try again' }: FailureProps) {
  return (
    <div class="failure" role="alert">
      <p>
        {error.message}
        {error.requestId && <small> Request {error.requestId}</small>}
      </p>
      <button type="button" class="button quiet" onClick={retry}>
        {action}
      </button>
    </div>
  );
}

/** Why one question of a batch has no answer. */
export function Refusal({ error, retry }: { error: string; retry: () => void }) {
  return <Failure error={{ message: error, requestId: null }} retry={retry} />;
}

/** The error of a stream, above the last data it brought. */
export function StreamFailure({ error }: { error: StreamError | null }) {
  const { socket } = useServices();
  return error && <Failure error={error} retry={() => socket.retry()} />;
}

/** Beside numbers with a “~”. */
export function Estimated() {
  return <p class="soft">“~” marks an estimate: there were too many visitors to keep each one.</p>;
}

/** A page that the reader's role may not see: who can change that. */
export function Forbidden({ what, needed, owner }: { what: string; needed: Role; owner: Site['owner'] }) {
  return (
    <section class="card message">
      <h2>
        {what} needs the role {needed}
      </h2>
      <p class="soft">
        Ask {granter(needed)} of this site: they can change your role under Settings, Team.
        {owner && (
          <>
            {' '}
            The owner is {owner.name && apart(owner.name)} <a href={`mailto:${owner.email}`}>{owner.email}</a>.
          </>
        )}
      </p>
    </section>
  );
}
