// The last minutes: who is here, where, from where.
import { now } from '../clock';
import { useServices } from '../context';
import { ago, count, country, plural, source } from '../format';
import { LIST_ROWS, pageviewKeys } from '../live';
import { breakdown, countriesNow } from '../rows';
import type { Stream } from '../store';
import type { Realtime } from '../types';
import { Card } from './Card';
import { Gliding } from './Figure';
import { List } from './List';
import { MinuteBars } from './MinuteBars';
import { Empty, SkeletonRows, StreamFailure } from './States';
import { Tabs } from './Tabs';
import { Term } from './Term';

const LATEST = 10;

function Hero({ data, beat }: { data: Realtime | null; beat: number }) {
  const { socket } = useServices();
  const live = socket.connection.value.kind === 'live';
  return (
    <section class="card hero" data-live={live} aria-labelledby="now-title">
      <div class="hero-number">
        <h3 id="now-title">
          <span key={beat} class="dot beat" aria-hidden="true" />
          <Term name="visitorsNow" label="Visitors now" />
        </h3>
        <p class="huge" data-figure="activeVisitors">
          {data ? <Gliding value={data.activeVisitors} show={count} /> : <span class="bone huge-bone" />}
        </p>
        <p class="soft">{data ? `${plural(data.pageviewsLast5Min, 'pageview')} in the last 5 minutes` : '\u00a0'}</p>
      </div>
      <div class="hero-bars">
        <h4>
          <Term name="perMinute" label="Visitors by minute" />
        </h4>
        {data ? (
          <MinuteBars
            minutes={data.visitorsPerMinute.map(({ minute, visitors }) => ({ minute, value: visitors }))}
            unit="visitors"
            caption="Visitors in each of the last five minutes"
            labelEvery={1}
            values
          />
        ) : (
          <div class="bars-plot" />
        )}
      </div>
    </section>
  );
}

function HalfHour({ data }: { data: Realtime | null }) {
  const minutes = data?.pageviewsPerMinute?.map(({ minute, pageviews }) => ({ minute, value: pageviews }));
  const sum = minutes?.reduce((total, { value }) => total + value, 0);
  return (
    <Card
      term="lastHalfHour"
      title="Last 30 minutes"
      area="a-half"
      unit={sum === undefined ? '' : plural(sum, 'pageview')}
    >
      {minutes ? (
        <MinuteBars
          minutes={minutes}
          unit="pageviews"
          caption="Pageviews in each of the last 30 minutes"
          labelEvery={5}
        />
      ) : (
        <div class="bars-plot" />
      )}
    </Card>
  );
}

function Latest({ data }: { data: Realtime | null }) {
  const { socket } = useServices();
  const views = data?.recentPageviews.slice(0, LATEST);
  const keys = views ? pageviewKeys(views) : [];
  const serverNow = now.value + socket.clockOffset.value;
  return (
    <Card term="latest" title="Latest pageviews" area="a-latest" unit="newest first">
      <div class="list-box" style={{ '--lines': LATEST }}>
        {!views && <SkeletonRows count={5} />}
        {views?.length === 0 && <Empty>No pageview in the last 30 minutes. The next one shows here at once.</Empty>}
        {views && views.length > 0 && (
          <ol class="list latest">
            {views.map((view, i) => (
              <li key={keys[i]} class="row plain">
                <span class="mark" title={country(view.country)}>
                  {view.country || 'ZZ'}
                </span>
                <span class="row-label mono" title={view.page}>
                  <bdi>{view.page}</bdi>
                </span>
                <time class="row-value soft" dateTime={view.timestamp}>
                  {ago(serverNow - Date.parse(view.timestamp))}
                </time>
              </li>
            ))}
          </ol>
        )}
      </div>
    </Card>
  );
}

export function RightNow({ stream }: { stream: Stream<Realtime> }) {
  const data = stream.data.value;
  return (
    <>
      <StreamFailure error={stream.error.value} />
      <div class="grid now">
        <Hero data={data} beat={stream.changedAt.value} />
        <HalfHour data={data} />
        <Card term="activePages" title="Active pages" area="a-active" unit="visitors">
          <List
            rows={data && breakdown(data.pageBreakdown, LIST_ROWS, source)}
            empty="Nobody is here at this moment."
            lines={LATEST}
            mono
          />
        </Card>
        <Tabs
          label="Where they come from"
          area="a-origin"
          tabs={[
            {
              key: 'sources',
              label: 'Sources now',
              unit: 'visitors',
              term: 'sourcesNow',
              body: () => (
                <List
                  rows={data && breakdown(data.sourceBreakdown ?? {}, LIST_ROWS, source)}
                  empty="Nobody is here at this moment."
                  lines={LATEST}
                />
              ),
            },
            {
              key: 'countries',
              label: 'Countries now',
              unit: 'visitors',
              term: 'countriesNow',
              body: () => (
                <List
                  rows={data && countriesNow(data.countryBreakdown ?? {}, LIST_ROWS)}
                  empty="Nobody is here at this moment."
                  lines={LATEST}
                />
              ),
            },
          ]}
        />
        <Latest data={data} />
      </div>
    </>
  );
}
