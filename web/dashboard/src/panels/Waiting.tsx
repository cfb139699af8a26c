// The wait for the first event: a light that turns green by push, and what the server heard meanwhile.
import { useEffect, useState } from 'preact/hooks';
import { useServices } from '../context';
import { findings, silence } from '../diagnosis';
import { country } from '../format';
import { can } from '../roles';
import { sitePath } from '../route';
import type { Diagnostics, Site } from '../types';

const ASK_EVERY_MS = 10_000;

/** What the server heard of the site lately; asked again while one waits. */
function Heard({ site }: { site: Site }) {
  const { api } = useServices();
  const [heard, setHeard] = useState<Diagnostics | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    const ask = () =>
      api
        .get<Diagnostics>(`/api/sites/${site.id}/diagnostics`)
        .then(setHeard, (failure: Error) => setError(failure.message));
    void ask();
    const timer = setInterval(() => void ask(), ASK_EVERY_MS);
    return () => clearInterval(timer);
  }, [site.id]);
  if (!heard) return error ? <p class="soft">{error}</p> : null;
  const found = findings(heard, site.domain);
  return (
    <>
      <h3>{found.length > 0 ? 'What arrived, and why it does not count' : 'Nothing was heard of this site yet'}</h3>
      <ul class="findings">
        {(found.length > 0 ? found : silence).map(({ text, help }) => (
          <li key={text}>
            <bdi>{text}</bdi> <span class="soft">{help}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

interface Props {
  site: Site;
  /** Null: nothing has come yet. */
  first: { page: string; country: string } | null;
}

export function Waiting({ site, first }: Props) {
  const [help, setHelp] = useState(false);
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
              Open a page of <bdi>{site.domain}</bdi> that has the snippet. It shows here within a second, nothing to
              reload.
            </p>
          )}
        </div>
        {first && (
          <a class="button" href={sitePath(site.id)}>
            To the dashboard
          </a>
        )}
      </div>
      {!first && can(site.role, 'admin') && (
        <details class="diagnosis" onToggle={(event) => setHelp(event.currentTarget.open)}>
          <summary>Nothing comes?</summary>
          {help && <Heard site={site} />}
        </details>
      )}
    </section>
  );
}
