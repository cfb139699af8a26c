// Today, from local midnight of the site to now.
import { channels, countries, devices, pages, referrers, shares } from '../rows';
import { count, duration, percent } from '../format';
import { LIST_ROWS } from '../live';
import type { Stream } from '../store';
import type { Stats } from '../types';
import { Card } from './Card';
import { Figure } from './Figure';
import { Filtered } from './Filtered';
import { HourlyChart } from './HourlyChart';
import { List } from './List';
import { StreamFailure } from './States';
import { Tabs } from './Tabs';

const NO_VISIT = 'No visit today yet.';

function Figures({ data }: { data: Stats }) {
  const { summary } = data;
  const counted = (n: number) => count(n, data.estimated);
  return (
    <dl class="figures">
      <Figure term="uniqueVisitors" label="Visitors" value={summary.uniqueVisitors} show={counted} />
      <Figure term="sessions" label="Visits" value={summary.sessions} show={counted} />
      <Figure term="pageviews" label="Pageviews" value={summary.pageviews} show={count} />
      <Figure term="bounceRate" label="Bounce rate" value={summary.bounceRate} show={percent} />
      <Figure term="avgSessionDuration" label="Visit duration" value={summary.avgSessionDuration} show={duration} />
      <Figure term="avgTimeOnPage" label="Time on page" value={summary.avgTimeOnPage} show={duration} />
    </dl>
  );
}

function Summary({ data }: { data: Stats | null }) {
  if (!data) {
    return (
      <section class="card a-summary" aria-label="Today in numbers">
        <div class="figures skeleton" role="status">
          <span class="sr-only">Loading</span>
          {Array.from({ length: 6 }, (_, i) => (
            <div key={i} class="figure">
              <div class="bone" />
              <div class="bone tall" />
            </div>
          ))}
        </div>
        <div class="hourly-space" />
      </section>
    );
  }
  return (
    <section class="card a-summary" aria-label="Today in numbers">
      {data.estimated && (
        <p class="soft">“~” marks an estimate: there were too many visitors today to keep each one.</p>
      )}
      <Figures data={data} />
      <HourlyChart buckets={data.timeseries} />
    </section>
  );
}

export function Today({ stream }: { stream: Stream<Stats> }) {
  const data = stream.data.value;
  const list = (rows: (stats: Stats) => ReturnType<typeof pages>, mono = false) => (
    <List rows={data && rows(data)} empty={NO_VISIT} lines={LIST_ROWS} mono={mono} />
  );
  return (
    <>
      <StreamFailure error={stream.error.value} />
      <div class="grid today">
        <Summary data={data} />
        <Card term="topPages" title="Top pages" area="a-pages" unit="pageviews">
          {list((stats) => pages(stats, LIST_ROWS), true)}
        </Card>
        <Tabs
          label="Sources"
          area="a-sources"
          tabs={[
            {
              key: 'referrers',
              label: 'Sources',
              unit: 'visits',
              term: 'sources',
              body: () => list((stats) => referrers(stats, LIST_ROWS)),
            },
            {
              key: 'channels',
              label: 'Channels',
              unit: 'share of visits',
              term: 'channels',
              body: () => list(channels),
            },
          ]}
        />
        <Card term="countries" title="Countries" area="a-countries" unit="visits">
          {list((stats) => countries(stats, LIST_ROWS))}
        </Card>
        <Tabs
          label="Devices"
          area="a-devices"
          tabs={[
            { key: 'devices', label: 'Devices', unit: 'share of visits', term: 'devices', body: () => list(devices) },
            {
              key: 'browsers',
              label: 'Browsers',
              unit: 'share of visits',
              term: 'browsers',
              body: () => list((stats) => shares(stats.browsers, LIST_ROWS)),
            },
            {
              key: 'systems',
              label: 'Systems',
              unit: 'share of visits',
              term: 'systems',
              body: () => list((stats) => shares(stats.operatingSystems, LIST_ROWS)),
            },
          ]}
        />
        <Filtered data={data} />
      </div>
    </>
  );
}
