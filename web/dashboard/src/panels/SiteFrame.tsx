// What stands around every page of a site: top bar, navigation, the bar of the view, keys, overlays; and why there is no page, if so.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { useServices } from '../context';
import { useKeys } from '../keys';
import { lastSite } from '../last-site';
import { useLoad } from '../load';
import { useChosenInView } from '../in-view';
import { navigation, navItem } from '../nav';
import type { SitePageProps } from '../page';
import type { Choice } from '../palette';
import { periods } from '../period';
import { sitePath, type SitePageName } from '../route';
import type { End } from '../store';
import { switchTheme } from '../theme';
import type { Site, SiteRow } from '../types';
import { formatView, useView, type Looking } from '../view';
import { LazyPage } from './Lazy';
import { lazily } from './lazily';
import { Failure } from './States';
import { ConnectionBanner, TopBar } from './TopBar';
import { ViewBar } from './ViewBar';

const Help = lazily<{ onClose: () => void }>(() => import('./Overlays').then((file) => file.Help));
const Palette = lazily<{ choices: Choice[]; onClose: () => void }>(() =>
  import('./Overlays').then((file) => file.Palette),
);

function Nav({ siteId, name, look }: { siteId: string; name: SitePageName; look: Looking | null }) {
  const search = look ? formatView({ ...look.view, more: {} }) : '';
  const line = useRef<HTMLUListElement>(null);
  useChosenInView(line, name);
  return (
    <nav class="sitenav" aria-label="Pages of this site">
      <ul ref={line}>
        {navigation.map((item) => (
          <li key={item.name}>
            <a
              href={sitePath(siteId, item.name) + (item.bar === 'none' ? '' : search)}
              aria-current={item.name === name ? 'page' : undefined}
            >
              {item.label}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** Why a site cannot be shown, and who could change that. */
export function Gone({ reason, domain }: { reason: End; domain: string }) {
  return (
    <section class="card message">
      <h1>{reason === 'forbidden' ? 'This site is not shared with you' : 'This site does not exist any more'}</h1>
      <p class="soft">
        {reason === 'forbidden'
          ? `The owner or an admin of ${domain} can invite you under Settings, Team.`
          : 'Its owner can restore it for a while after the deletion.'}
      </p>
      <a class="button" href="/sites">
        To your sites
      </a>
    </section>
  );
}

/** Everything the palette can do here. */
function choicesOf(site: Site, sites: SiteRow[], look: Looking, filter: () => void): Choice[] {
  const search = formatView({ ...look.view, more: {} });
  return [
    ...navigation.map(({ name, label, bar }) => ({
      label,
      group: 'Page',
      href: sitePath(site.id, name) + (bar === 'none' ? '' : search),
    })),
    ...periods.map(({ name, label }) => ({
      label,
      group: 'Period',
      href: look.href({ period: { name }, interval: null }),
    })),
    ...sites
      .filter(({ id }) => id !== site.id)
      .map(({ id, name }) => ({ label: name, group: 'Site', href: sitePath(id) })),
    { label: 'Add a filter', group: 'Action', run: filter },
    { label: 'Clear the filters', group: 'Action', href: look.href({ filters: [] }) },
    { label: 'Compare with the period before', group: 'Action', href: look.href({ compare: !look.view.compare }) },
    { label: 'Change the theme', group: 'Action', run: switchTheme },
    { label: 'Tracking snippet', group: 'Page', href: sitePath(site.id, 'setup') },
    { label: 'All sites', group: 'Page', href: '/sites' },
    { label: 'Add a site', group: 'Page', href: '/sites/new' },
    { label: 'Account', group: 'Page', href: '/account' },
    { label: 'System', group: 'Page', href: '/system' },
  ];
}

interface FrameProps {
  site: Site;
  sites: SiteRow[];
  name: SitePageName;
  rest: string;
  reload: () => void;
}

function Inside({ site, sites, name, rest, reload }: FrameProps) {
  const { route } = useLocation();
  const look = useView(site.timezone);
  const [overlay, setOverlay] = useState<'help' | 'palette' | null>(null);
  const [editing, edit] = useState<number | null>(null);
  const { bar } = navItem(name);
  const choices = useMemo(() => choicesOf(site, sites, look, () => edit(-1)), [site, sites, look]);
  useKeys((key) => {
    const period = periods.find((one) => one.key === key);
    if (key === 'Ctrl-k' || key === '/') setOverlay('palette');
    else if (key === '?') setOverlay('help');
    else if (key === 'r') route(sitePath(site.id, 'realtime'));
    else if (bar === 'none') return false;
    else if (period) look.change({ period: { name: period.name }, interval: null });
    else if (key === 'x') look.change({ compare: !look.view.compare }, true);
    else if (key === 'f') edit(-1);
    else if (key === 'Escape' && look.view.filters.length > 0) look.change({ filters: [] });
    else return false;
    return true;
  });
  return (
    <>
      <TopBar sites={sites} siteId={site.id} search={() => setOverlay('palette')} help={() => setOverlay('help')} />
      <Nav siteId={site.id} name={name} look={look} />
      <main id="main" class="page">
        <h1 class="sr-only">
          {site.name}: {navItem(name).label}
        </h1>
        <ConnectionBanner />
        {bar !== 'none' && (
          <ViewBar site={site} look={look} compare={bar === 'compare'} editing={editing} edit={edit} />
        )}
        <LazyPage<SitePageProps> name={name} props={{ site, sites, look, rest, reload }} />
      </main>
      {overlay === 'help' && <Help onClose={() => setOverlay(null)} />}
      {overlay === 'palette' && <Palette choices={choices} onClose={() => setOverlay(null)} />}
    </>
  );
}

export function SiteFrame({ siteId, name, rest }: { siteId: string; name: SitePageName; rest: string }) {
  const { api, socket } = useServices();
  const [round, setRound] = useState(0);
  const [known, setKnown] = useState<Site | null>(null);
  const sites = useLoad('sites', api.sites);
  const site = useLoad(`${siteId} ${round}`, () => api.site(siteId));
  // What a page follows has ended: the site is gone, or the reader has another role. All of a page ends at once; one question is enough.
  const ended = socket.ended.value;
  useEffect(() => {
    if (ended?.siteId === siteId && site.kind !== 'loading') setRound((n) => n + 1);
  }, [ended]);
  const refused = site.kind === 'failed' && (site.error.status === 403 || site.error.status === 404);
  useEffect(() => {
    if (site.kind === 'done') {
      setKnown(site.data);
      lastSite.set(siteId);
    }
    if (refused) lastSite.set(null);
  }, [site]);
  useEffect(() => {
    if (known) document.title = `${navItem(name).label} · ${known.name} · ztas`;
  }, [known?.name, name]);
  const list = sites.kind === 'done' ? sites.data : [];
  if (known && !refused) {
    return <Inside site={known} sites={list} name={name} rest={rest} reload={() => setRound((n) => n + 1)} />;
  }
  return (
    <>
      <TopBar sites={list} siteId={siteId} />
      <Nav siteId={siteId} name={name} look={null} />
      <main id="main" class="page">
        {site.kind === 'failed' && !refused && <Failure error={site.error} retry={site.retry} />}
        {refused && site.kind === 'failed' && (
          <Gone reason={site.error.status === 403 ? 'forbidden' : 'site_deleted'} domain="this site" />
        )}
      </main>
    </>
  );
}
