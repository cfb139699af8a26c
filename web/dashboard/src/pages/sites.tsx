// The sites of the account; without any, the way to the first one.
import { useEffect } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { now } from '../clock';
import { useServices } from '../context';
import { ago, count, plural } from '../format';
import { lastSite } from '../last-site';
import { useLoad } from '../load';
import { Failure, SkeletonRows } from '../panels/States';
import { TopBar } from '../panels/TopBar';
import { sitePath } from '../route';
import type { SiteRow } from '../types';

function SiteCard({ site }: { site: SiteRow }) {
  const { lastPageview, visitors } = site.stats;
  return (
    <li>
      <a class="card site-card" href={sitePath(site.id)}>
        <span class="site-card-name">
          <bdi>{site.name}</bdi>
        </span>
        <span class="soft">
          <bdi>{site.domain}</bdi>
        </span>
        <span class="soft">{site.timezone.replaceAll('_', ' ')}</span>
        <span class="site-card-figure">
          <strong>{count(visitors)}</strong> {visitors === 1 ? 'visitor' : 'visitors'} in 30 days
        </span>
        <span class="soft">
          {lastPageview ? `Last pageview ${ago(now.value - Date.parse(lastPageview))}` : 'Waiting for the first event'}
        </span>
      </a>
    </li>
  );
}

interface Props {
  /** Goes on to the site seen last, or to the only one, instead of showing the list. */
  forward: boolean;
}

export function SitesPage({ forward }: Props) {
  const { api } = useServices();
  const { route } = useLocation();
  const sites = useLoad('sites', api.sites);
  const list = sites.kind === 'done' ? sites.data : null;
  useEffect(() => {
    document.title = 'Sites · ztas';
    if (!list) return;
    if (list.length === 0) return route('/sites/new', true);
    const last = list.find((site) => site.id === lastSite.get()) ?? (list.length === 1 ? list[0] : undefined);
    if (forward && last) route(sitePath(last.id), true);
  }, [list, forward]);
  return (
    <>
      <TopBar />
      <main class="page">
        <div class="page-head">
          <h1>Sites</h1>
          {list && <span class="soft">{plural(list.length, 'site')}</span>}
          <span class="grow" />
          <a class="button" href="/sites/new">
            Add a site
          </a>
        </div>
        {sites.kind === 'loading' && <SkeletonRows count={3} />}
        {sites.kind === 'failed' && <Failure error={sites.error} retry={sites.retry} />}
        {list && (
          <ul class="site-cards">
            {list.map((site) => (
              <SiteCard key={site.id} site={site} />
            ))}
          </ul>
        )}
      </main>
    </>
  );
}
