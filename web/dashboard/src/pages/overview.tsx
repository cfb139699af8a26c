// The overview of a site: figures, chart, sources, pages, locations, devices, goals, bots. One batch of questions, kept current by push.
import { useEffect } from 'preact/hooks';
import { TOP } from '../breakdown';
import { now } from '../clock';
import { useServices } from '../context';
import { ago, clock, plural, zoneName } from '../format';
import { goalNames } from '../labels';
import { useRealtime } from '../live';
import { figures } from '../metrics';
import type { SitePageProps } from '../page';
import { Breakdown } from '../panels/Breakdown';
import { Card } from '../panels/Card';
import { Filtered } from '../panels/Filtered';
import { LiveRegion } from '../panels/LiveRegion';
import { LazyMap } from '../panels/LazyMap';
import { Summary } from '../panels/overview/Summary';
import { Failure } from '../panels/States';
import { Tabs } from '../panels/Tabs';
import { keyOf, metric, type Query } from '../query';
import { sitePath } from '../route';
import { groups, tabOf, type Group, type OverviewTab } from '../overview-tabs';
import { useQueries, type Asked } from '../use-query';
import { bothFilters, type Looking } from '../view';

/** All that the page shows, as one batch. */
function questions(look: Looking): Query[] {
  const compare = look.view.compare ? { compare: 'previous_period' as const } : {};
  const chart = figures.find((name) => name === look.view.more['metric']) ?? 'visitors';
  const list = (id: string, tab: OverviewTab): Query => ({
    id,
    property: tab.property,
    metrics: [tab.metric],
    limit: tab.map ? 300 : TOP,
    ...bothFilters(look, tab.only),
    ...compare,
  });
  return [
    { id: 'total', metrics: figures, interval: 'none', ...look.query, ...compare },
    { id: 'series', metrics: [chart], interval: look.interval, ...look.query, ...compare },
    ...groups.map((group) => list(group.key, tabOf(group, look.view.more[group.key]))),
    {
      id: 'goals',
      property: 'goal',
      metrics: ['visitors', 'events', 'conversion_rate'],
      limit: TOP,
      ...look.query,
      ...compare,
    },
  ];
}

function TabbedList({ group, asked, ...props }: SitePageProps & { group: Group; asked: Asked }) {
  const { site, look } = props;
  const tab = tabOf(group, look.view.more[group.key]);
  const answer = asked.answers?.[group.key];
  // The answer on view may still be that of the tab before.
  const fits = answer?.results?.[0] === undefined || tab.property in answer.results[0];
  const body = () => (
    <>
      {tab.map && answer?.results && (
        <LazyMap
          values={Object.fromEntries(answer.results.map((row) => [keyOf(row, 'country'), metric(row, tab.metric)]))}
          unit="visitors"
        />
      )}
      <Breakdown
        site={site}
        look={look}
        property={tab.property}
        metric={tab.metric}
        answer={fits ? answer : undefined}
        stale={asked.stale}
        retry={asked.retry}
        empty={tab.empty}
        {...(tab.none ? { none: tab.none } : {})}
        mono={tab.mono ?? false}
        top={tab.map ? 5 : TOP}
        {...(tab.only ? { only: tab.only } : {})}
      />
    </>
  );
  return (
    <Tabs
      label={group.label}
      area="a-half"
      tabs={group.tabs.map(({ key, label }) => ({ key, label, body }))}
      chosen={tab.key}
      choose={(key) => look.choose(group.key, key === group.tabs[0]?.key ? '' : key)}
      side={<span class="unit">{tab.unit}</span>}
    />
  );
}

function Goals({ site, look, asked }: SitePageProps & { asked: Asked }) {
  const answer = asked.answers?.['goals'];
  useEffect(() => {
    const names = Object.fromEntries(
      (answer?.results ?? []).map((row) => [keyOf(row, 'goal'), String(row['name'] ?? '')]),
    );
    goalNames.value = { ...goalNames.peek(), ...names };
  }, [answer]);
  return (
    <Card
      title="Goals"
      hint="Visitors who reached a goal in the period."
      area="a-half"
      actions={<a href={sitePath(site.id, 'goals')}>All goals</a>}
    >
      <Breakdown
        site={site}
        look={look}
        property="goal"
        metric="visitors"
        answer={answer}
        stale={asked.stale}
        retry={asked.retry}
        empty="No goal yet. Pages, Events and Goals make one with a click."
      />
    </Card>
  );
}

/** How fresh the numbers are: pushed as things happen, or of a moment that is past. */
function Freshness({ asked, zone }: { asked: Asked; zone: string }) {
  const { socket } = useServices();
  if (asked.changedAt === 0) return null;
  const live = socket.connection.value.kind === 'live';
  return (
    <p class="soft fresh">
      {live
        ? `Live. Last change ${ago(now.value - asked.changedAt)}.`
        : `As of ${clock(asked.changedAt + socket.clockOffset.value, zone)}.`}{' '}
      Days are those of {zoneName(zone, now.value)}.
    </p>
  );
}

export default function OverviewPage(props: SitePageProps) {
  const { site, look } = props;
  const asked = useQueries(site.id, questions(look));
  const visitors = useRealtime(site.id).data.value?.activeVisitors;
  return (
    <>
      <LiveRegion text={visitors === undefined ? '' : `${plural(visitors, 'visitor')} now`} />
      <div class="overview-head">
        <a class="now-link" href={sitePath(site.id, 'realtime')}>
          <span class="dot" data-live={(visitors ?? 0) > 0} aria-hidden="true" />
          {visitors === undefined ? 'Realtime' : `${plural(visitors, 'visitor')} now`}
        </a>
        <Freshness asked={asked} zone={site.timezone} />
      </div>
      {asked.error && <Failure error={asked.error} retry={asked.retry} />}
      <div class="grid">
        <Summary site={site} look={look} asked={asked} />
        {groups.map((group) => (
          <TabbedList key={group.key} group={group} asked={asked} {...props} />
        ))}
        <Goals asked={asked} {...props} />
        <Filtered site={site} look={look} />
      </div>
    </>
  );
}
