// The sites of the account, live: visitors now and today, the last 24 hours as a line; search, sort, pin.
import { useComputed } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { Api } from '../api';
import { now } from '../clock';
import { useServices } from '../context';
import { ago, count, plural } from '../format';
import { lastSite } from '../last-site';
import { useTopic } from '../live';
import { useLoad } from '../load';
import type { PageProps } from '../page';
import { Change } from '../panels/Change';
import { Sparkline } from '../panels/Sparkline';
import { Empty, Failure, SkeletonRows } from '../panels/States';
import { todayIn } from '../period';
import { pins, togglePin } from '../pins';
import { metric, previous, type Answers } from '../query';
import { sitePath } from '../route';
import { arranged, orders, siteQueries, type Figures, type Order } from '../site-list';
import type { Realtime, SiteRow } from '../types';

const HOURS = 24;
/** Sites that are followed; the connection carries 50 subscriptions. */
const FOLLOWED = 24;
const SITES_A_CALL = 10;

/** The first answers of all cards, ten sites a call. */
async function firstAnswers(api: Api, sites: SiteRow[]): Promise<Record<string, Answers>> {
  const calls = Array.from({ length: Math.ceil(sites.length / SITES_A_CALL) }, async (_, call) => {
    const some = sites.slice(call * SITES_A_CALL, (call + 1) * SITES_A_CALL);
    const queries = some.flatMap((site, i) =>
      siteQueries(site.timezone, Date.now()).map((query) => ({ ...query, id: `${query.id}-${i}`, site_id: site.id })),
    );
    const answers = await api.post<Answers>('/api/query', { queries });
    return some.map((site, i) => [
      site.id,
      Object.fromEntries(
        ['hours', 'today'].flatMap((id) => (answers[`${id}-${i}`] ? [[id, answers[`${id}-${i}`]]] : [])),
      ),
    ]) as [string, Answers][];
  });
  return Object.fromEntries((await Promise.all(calls)).flat());
}

interface CardProps {
  site: SiteRow;
  answers: Answers | null;
  tell: (figures: Figures) => void;
}

function Facts({ site, answers, live }: { site: SiteRow; answers: Answers | null; live: number }) {
  const today = answers?.['today']?.results?.[0];
  const hours = (answers?.['hours']?.results ?? []).map((row) => metric(row, 'visitors')).slice(-HOURS);
  const visitors = metric(today, 'visitors');
  const { lastPageview } = site.stats;
  const seen = lastPageview
    ? `Last pageview ${ago(now.value - Date.parse(lastPageview))}`
    : 'Waiting for the first event';
  return (
    <a class="site-card-link" href={lastPageview || live > 0 ? sitePath(site.id) : sitePath(site.id, 'setup')}>
      <span class="site-card-name">
        <bdi>{site.name}</bdi>
      </span>
      <span class="soft">
        <bdi>{site.domain}</bdi>
      </span>
      <Sparkline values={hours} />
      <span class="site-card-figure">
        <strong>{answers ? count(visitors) : '–'}</strong>
        <span class="soft">{visitors === 1 ? 'visitor' : 'visitors'} today</span>
        {today && <Change value={visitors} before={previous(today, 'visitors')} />}
      </span>
      <span class={live > 0 ? 'site-card-live' : 'site-card-live soft'}>
        <span class="dot" data-live={live > 0} aria-hidden="true" />
        {live > 0 ? `${plural(live, 'visitor')} now` : seen}
      </span>
    </a>
  );
}

function Shell({ site, children }: { site: SiteRow; children: ComponentChildren }) {
  const pinned = pins.value.includes(site.id);
  return (
    <li class="card site-card" data-site={site.id}>
      {children}
      <button
        type="button"
        class="icon-button pin"
        aria-pressed={pinned}
        aria-label={`Pin ${site.name}`}
        title="Pin"
        onClick={() => togglePin(site.id)}
      >
        <span aria-hidden="true">{pinned ? '★' : '☆'}</span>
      </button>
    </li>
  );
}

function LiveCard({ site, answers, tell }: CardProps) {
  const realtime = useTopic<Realtime>('realtime', site.id);
  const today = useComputed(() => todayIn(site.timezone, now.value)).value; // a list that stays open sees the next day
  const queries = useMemo(() => siteQueries(site.timezone, now.peek()), [site.timezone, today]);
  const pushed = useTopic<Answers>('query', site.id, { queries });
  const last = useRef(answers);
  const latest = pushed.data.value ?? last.current ?? answers;
  last.current = latest;
  const live = realtime.data.value?.activeVisitors ?? 0;
  const visitors = metric(latest?.['today']?.results?.[0], 'visitors');
  useEffect(() => tell({ live, visitors }), [live, visitors]);
  return (
    <Shell site={site}>
      <Facts site={site} answers={latest} live={live} />
    </Shell>
  );
}

function Cards({ sites }: { sites: SiteRow[] }) {
  const { api } = useServices();
  const [search, setSearch] = useState('');
  const [order, setOrder] = useState<Order>('live');
  const [figures, setFigures] = useState<Record<string, Figures>>({});
  const first = useLoad(sites.map(({ id }) => id).join(), () => firstAnswers(api, sites));
  const answers = first.kind === 'done' ? first.data : null;
  const shown = arranged(sites, search, order, pins.value, figures);
  const followed = new Set(sites.slice(0, FOLLOWED).map(({ id }) => id));
  return (
    <>
      {sites.length > 1 && (
        <div class="list-tools">
          <input
            type="search"
            aria-label="Search sites"
            placeholder="Search"
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
          <select aria-label="Sort by" value={order} onChange={(event) => setOrder(event.currentTarget.value as Order)}>
            {orders.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </div>
      )}
      {first.kind === 'failed' && <Failure error={first.error} retry={first.retry} />}
      {shown.length === 0 && <Empty>No site has this in its name or domain.</Empty>}
      <ul class="site-cards">
        {shown.map((site) =>
          followed.has(site.id) ? (
            <LiveCard
              key={site.id}
              site={site}
              answers={answers?.[site.id] ?? null}
              tell={(told) => setFigures((all) => ({ ...all, [site.id]: told }))}
            />
          ) : (
            <Shell key={site.id} site={site}>
              <Facts site={site} answers={answers?.[site.id] ?? null} live={0} />
            </Shell>
          ),
        )}
      </ul>
    </>
  );
}

/** With rest "forward" it goes on to the site seen last, or to the only one, instead of showing the list. */
export default function SitesPage({ rest }: PageProps) {
  const { api, socket } = useServices();
  const { route } = useLocation();
  // A site that ends leaves the list.
  const sites = useLoad(`sites without ${socket.ended.value?.siteId ?? ''}`, api.sites);
  const list = sites.kind === 'done' ? sites.data : null;
  useEffect(() => {
    document.title = 'Sites · ztas';
    if (!list) return;
    if (list.length === 0) return route('/sites/new', true);
    const last = list.find((site) => site.id === lastSite.get()) ?? (list.length === 1 ? list[0] : undefined);
    if (rest === 'forward' && last) route(sitePath(last.id), true);
  }, [list, rest]);
  return (
    <>
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
      {list && list.length > 0 && <Cards sites={list} />}
    </>
  );
}
