// A site without events: the snippet, and the wait for the first one, which turns green by push.
import { country } from '../format';
import { Snippet } from './Snippet';

interface Props {
  domain: string;
  code: string;
  /** Null: nothing has come yet. */
  first: { page: string; country: string } | null;
  dismiss: () => void;
}

export function Waiting({ domain, code, first, dismiss }: Props) {
  return (
    <section class="card waiting" data-arrived={first !== null} aria-labelledby="waiting-title">
      <div class="waiting-head">
        <span class="beacon" aria-hidden="true">
          {first ? '✓' : ''}
        </span>
        <div role="status">
          <h2 id="waiting-title">{first ? 'The first event is here' : 'Waiting for the first event'}</h2>
          {first ? (
            <p>
              {first.page ? <code class="path">{first.page}</code> : 'A visitor'}
              {first.country && ` from ${first.country === 'ZZ' ? 'an unknown country' : country(first.country)}`}. From
              here on everything moves by itself.
            </p>
          ) : (
            <p>
              Put this line into the <code>&lt;head&gt;</code> of every page of <bdi>{domain}</bdi>, then open one of
              them. It shows here within a second, nothing to reload.
            </p>
          )}
        </div>
        {first && (
          <button type="button" class="button quiet" onClick={dismiss}>
            Close
          </button>
        )}
      </div>
      {!first && <Snippet code={code} />}
      {!first && (
        <ul class="hints">
          <li>No cookies: nothing is stored on the devices of your visitors.</li>
          <li>
            Nothing comes? An ad blocker may hold it back, or the page is not on <bdi>{domain}</bdi>.
          </li>
        </ul>
      )}
    </section>
  );
}
