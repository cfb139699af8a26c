// Right now: the number, five minutes of bars, the map with its pulses, the feed, and how late all of it is.
import { useEffect, useRef, useState } from 'preact/hooks';
import { useServices } from '../context';
import { fresh, lagOf, median } from '../feed';
import { count, country, plural, source } from '../format';
import { useRealtime, useTopic } from '../live';
import type { Pulse } from '../map';
import type { SitePageProps } from '../page';
import { Card } from '../panels/Card';
import { Gliding } from '../panels/Figure';
import { LazyMap } from '../panels/LazyMap';
import { LiveRegion } from '../panels/LiveRegion';
import { MinuteBars } from '../panels/MinuteBars';
import { ActiveList } from '../panels/realtime/ActiveList';
import { Feed } from '../panels/realtime/Feed';
import { Gone } from '../panels/SiteFrame';
import { StreamFailure } from '../panels/States';
import { Term } from '../panels/Term';
import type { Stream } from '../store';
import type { Feed as FeedState, FeedItem, Realtime } from '../types';

const PULSES = 24;
const LAGS = 15;

/** What the feed brought since the page stands: pulses for the map, and the lag of the latest events. */
function useArrivals(stream: Stream<FeedState>): { pulses: Pulse[]; lag: number | null } {
  const { socket } = useServices();
  const known = useRef<FeedItem[] | null>(null);
  const [state, setState] = useState<{ pulses: Pulse[]; lags: number[] }>({ pulses: [], lags: [] });
  useEffect(
    () =>
      stream.data.subscribe((feed) => {
        if (!feed) return;
        const news = fresh(feed.items, known.current);
        known.current = feed.items;
        if (news.length === 0) return;
        const lags = news.map((item) => lagOf(item, Date.now(), socket.clockOffset.peek()));
        setState((old) => ({
          pulses: [...news.map(({ id, country }) => ({ id, country })), ...old.pulses].slice(0, PULSES),
          lags: [...lags, ...old.lags].slice(0, LAGS),
        }));
      }),
    [stream],
  );
  return { pulses: state.pulses, lag: median(state.lags) };
}

function Lag({ lag }: { lag: number | null }) {
  return (
    <p class="soft lag" data-lag={lag ?? ''}>
      <Term
        label={lag === null ? 'Event → screen' : `Event → screen: ${lag}\u202fms`}
        hint="Measured here: from the moment the server received an event to this page showing it, the middle of the latest fifteen."
      />
      {lag === null && ' is measured with the next event.'}
    </p>
  );
}

function Hero({ data, beat, lag }: { data: Realtime | null; beat: number; lag: number | null }) {
  const { socket } = useServices();
  return (
    <section class="card padded hero" data-live={socket.connection.value.kind === 'live'} aria-labelledby="now-title">
      <div class="hero-number">
        <h2 id="now-title" class="card-title">
          <span key={beat} class="dot beat" aria-hidden="true" />
          <Term label="Visitors now" hint="Different visitors with any activity in the last five minutes." />
        </h2>
        <p class="huge" data-figure="activeVisitors">
          {data ? <Gliding value={data.activeVisitors} show={count} /> : <span class="bone huge-bone" />}
        </p>
        <p class="soft">{data ? `${plural(data.pageviewsLast5Min, 'pageview')} in the last 5 minutes` : '\u00a0'}</p>
        <Lag lag={lag} />
      </div>
      <div class="hero-bars">
        <h3>
          <Term
            label="Visitors by minute"
            hint="Different visitors in each clock minute. One visitor may count in several minutes."
          />
        </h3>
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
      title="Last 30 minutes"
      hint="Pageviews in each of the last 30 clock minutes. The last minute is still running."
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

export default function RealtimePage({ site }: SitePageProps) {
  const realtime = useRealtime(site.id);
  const feed = useTopic<FeedState>('feed', site.id);
  const { pulses, lag } = useArrivals(feed);
  const data = realtime.data.value;
  const visitors = data?.activeVisitors;
  useEffect(() => {
    document.title = `${visitors === undefined ? '' : `${count(visitors)} now · `}${site.name} · ztas`;
  }, [visitors, site.name]);
  const ended = realtime.ended.value;
  if (ended) return <Gone reason={ended} domain={site.domain} />;
  return (
    <>
      <LiveRegion text={visitors === undefined ? '' : `${plural(visitors, 'visitor')} now`} />
      <StreamFailure error={realtime.error.value ?? feed.error.value} />
      <div class="grid">
        <Hero data={data} beat={realtime.changedAt.value} lag={lag} />
        <HalfHour data={data} />
        <Card
          title="Where they are"
          hint="The countries of those who are here now. A pulse is an event of this moment."
          area="a-map"
        >
          <LazyMap values={data?.countryBreakdown ?? {}} unit="visitors" pulses={pulses} />
        </Card>
        <Feed feed={feed.data.value} />
        <ActiveList
          site={site}
          title="Active pages"
          hint="Each visitor of the last five minutes, counted once under the page they were seen on last."
          counts={data?.pageBreakdown}
          label={source}
          property="page"
        />
        <ActiveList
          site={site}
          title="Sources now"
          hint="Where the visits of those who are here now came from."
          counts={data?.sourceBreakdown}
          label={source}
          property="source"
        />
        <ActiveList
          site={site}
          title="Countries now"
          hint="The countries of those who are here now."
          counts={data?.countryBreakdown}
          label={country}
          property="country"
        />
      </div>
    </>
  );
}
