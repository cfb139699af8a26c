// One site, live: right now and today.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { now } from '../clock';
import { useServices } from '../context';
import { ago, clock, count, day, plural, zoneName } from '../format';
import { lastSite } from '../last-site';
import { firstSign, followSite, type Live } from '../live';
import { useLoad } from '../load';
import { LiveRegion } from '../panels/LiveRegion';
import { RightNow } from '../panels/RightNow';
import { Snippet } from '../panels/Snippet';
import { Failure } from '../panels/States';
import { Today } from '../panels/Today';
import { ConnectionBanner, TopBar } from '../panels/TopBar';
import { Waiting } from '../panels/Waiting';
import type { Site } from '../types';

function useLive(siteId: string): Live {
  const { api, socket } = useServices();
  const live = useMemo(() => followSite(api, socket, siteId), [siteId]);
  useEffect(() => () => live.close(), [live]);
  return live;
}

/** How fresh the numbers are: pushed as things happen, or of a moment that is past. */
function Freshness({ live, zone }: { live: Live; zone: string }) {
  const { socket } = useServices();
  const at = live.realtime.changedAt.value;
  if (at === 0) return null;
  const isLive = socket.connection.value.kind === 'live';
  return (
    <span class="soft fresh">
      {isLive ? `Last change ${ago(now.value - at)}` : `As of ${clock(at + socket.clockOffset.value, zone)}`}
    </span>
  );
}

function TodayHead({ live, zone }: { live: Live; zone: string }) {
  const end = live.stats.data.value?.range.end;
  const at = end ? Date.parse(end) : Date.now();
  return (
    <div class="section-head">
      <h2>Today</h2>
      <span class="soft">
        {day(at, zone)} · {zoneName(zone, at)}
      </span>
    </div>
  );
}

function Gone({ reason, domain }: { reason: 'forbidden' | 'site_deleted'; domain: string }) {
  return (
    <section class="card message">
      <h1>{reason === 'forbidden' ? 'This site is not shared with you' : 'This site was deleted'}</h1>
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

function LiveSite({ site }: { site: Site }) {
  const live = useLive(site.id);
  const [isNew, setNew] = useState(site.stats?.lastPageview == null);
  const realtime = live.realtime.data.value;
  const first = isNew ? firstSign(realtime, live.stats.data.value) : null;
  const visitors = realtime?.activeVisitors;
  useEffect(() => {
    document.title = `${visitors === undefined ? '' : `${count(visitors)} now · `}${site.name} · ztas`;
  }, [visitors, site.name]);
  const ended = live.realtime.ended.value ?? live.stats.ended.value;
  if (ended) return <Gone reason={ended} domain={site.domain} />;
  const waiting = isNew && !first;
  return (
    <>
      <LiveRegion text={visitors === undefined ? '' : `${plural(visitors, 'visitor')} now`} />
      {isNew && <Waiting domain={site.domain} code={site.trackingCode} first={first} dismiss={() => setNew(false)} />}
      {!waiting && (
        <>
          <div class="section-head">
            <h2>Right now</h2>
            <Freshness live={live} zone={site.timezone} />
          </div>
          <RightNow stream={live.realtime} />
          <TodayHead live={live} zone={site.timezone} />
          <Today stream={live.stats} />
          <details class="card more">
            <summary>Tracking snippet</summary>
            <Snippet code={site.trackingCode} />
          </details>
        </>
      )}
    </>
  );
}

export function LivePage({ siteId }: { siteId: string }) {
  const { api } = useServices();
  const sites = useLoad('sites', api.sites);
  const site = useLoad(siteId, () => api.site(siteId));
  useEffect(() => {
    if (site.kind === 'done') lastSite.set(siteId);
    if (site.kind === 'failed' && (site.error.status === 403 || site.error.status === 404)) lastSite.set(null);
  }, [site.kind, siteId]);
  const refused = site.kind === 'failed' && (site.error.status === 403 || site.error.status === 404);
  return (
    <>
      <TopBar site={{ sites: sites.kind === 'done' ? sites.data : [], siteId }} />
      <main class="page">
        <h1 class="sr-only">{site.kind === 'done' ? site.data.name : 'Site'}</h1>
        <ConnectionBanner />
        {site.kind === 'failed' && !refused && <Failure error={site.error} retry={site.retry} />}
        {site.kind === 'failed' && refused && (
          <Gone reason={site.error.status === 403 ? 'forbidden' : 'site_deleted'} domain="this site" />
        )}
        {site.kind === 'done' && <LiveSite key={siteId} site={site.data} />}
      </main>
      <footer class="footer soft">
        <p>
          Numbers move as visits happen. Countries by IP2Location LITE data, available from lite.ip2location.com, CC
          BY-SA 4.0.
        </p>
      </footer>
    </>
  );
}
