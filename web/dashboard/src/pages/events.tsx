// Custom events in a table; one of them with its trend, its pages, its properties and the values it carries.
import { formatFilters, withFilter } from '../filters';
import type { SitePageProps } from '../page';
import { Card } from '../panels/Card';
import { Select } from '../panels/Field';
import { MakeGoal } from '../panels/MakeGoal';
import { Part } from '../panels/Part';
import { PropertyTable } from '../panels/PropertyTable';
import { Empty, Failure, Refusal, SkeletonRows } from '../panels/States';
import { Trend } from '../panels/Trend';
import { metricOf, shown } from '../metrics';
import { keyOf, metric } from '../query';
import { useQueries } from '../use-query';
import { bothFilters } from '../view';

const VALUES = ['value_sum', 'value_avg', 'value_p50', 'value_p90', 'value_p99'];

/** Sum, mean and quantiles of the numbers that the events carry: their value, or a property's. */
function Values({ site, look, only, of }: SitePageProps & { only: string; of: string }) {
  const asked = useQueries(site.id, [
    { id: 'values', metrics: ['events', ...VALUES], interval: 'none', value_of: of, ...bothFilters(look, only) },
  ]);
  const refused = asked.answers?.['values']?.error;
  const row = asked.answers?.['values']?.results?.[0];
  const any = row && VALUES.some((name) => metric(row, name) !== 0);
  return (
    <Card
      title={of === 'value' ? 'Values' : `Values of ${of.slice(5)}`}
      hint="Over those events that carry a number."
      area="a-half"
    >
      {asked.error && !row && <Failure error={asked.error} retry={asked.retry} />}
      {refused && <Refusal error={refused} retry={asked.retry} />}
      {!row && !refused && !asked.error && <SkeletonRows count={5} />}
      {row && !any && <Empty>No event carried a number other than 0 here.</Empty>}
      {row && any && (
        <dl class="reasons" data-stale={asked.stale}>
          {VALUES.map((name) => (
            <div key={name}>
              <dt>
                {metricOf(name).label} <span class="soft">{metricOf(name).hint}</span>
              </dt>
              <dd data-figure={name}>{shown(name, metric(row, name))}</dd>
            </div>
          ))}
        </dl>
      )}
    </Card>
  );
}

function Properties(props: SitePageProps & { only: string }) {
  const { site, look, only } = props;
  const asked = useQueries(site.id, [
    { id: 'keys', property: 'prop_key', metrics: ['events'], limit: 100, ...bothFilters(look, only) },
  ]);
  const refused = asked.answers?.['keys']?.error;
  const keys = (asked.answers?.['keys']?.results ?? []).map((row) => keyOf(row, 'prop_key'));
  const key = keys.find((one) => one === look.view.more['key']) ?? keys[0];
  return (
    <>
      <Card title="Properties" hint="What the events carry, value by value. A click filters the page." area="a-summary">
        {asked.error && !asked.answers && <Failure error={asked.error} retry={asked.retry} />}
        {!asked.answers && !asked.error && <SkeletonRows count={4} />}
        {refused && <Refusal error={refused} retry={asked.retry} />}
        {asked.answers && !key && !refused && <Empty>These events carry no properties.</Empty>}
        {key && (
          <>
            <Select
              label="Property"
              value={key}
              options={keys.map((value) => ({ value, label: value }))}
              onChange={(value) => look.choose('key', value)}
            />
            <PropertyTable key={key} site={site} look={look} property={`prop:${key}`} title={key} only={only} />
          </>
        )}
      </Card>
      {key && <Values {...props} of={`prop:${key}`} />}
    </>
  );
}

function OneEvent(props: SitePageProps & { action: string }) {
  const { site, look, action } = props;
  const only = formatFilters(withFilter([], 'event', action));
  return (
    <>
      <div class="page-head">
        <a class="back" href={look.href({ more: {} })}>
          ← All events
        </a>
        <h2 class="path">
          <bdi>{action}</bdi>
        </h2>
        <span class="grow" />
        <MakeGoal key={action} site={site} seed={{ type: 'event', eventAction: action }} />
      </div>
      <div class="grid">
        <Trend site={site} look={look} title="Trend" only={only} metrics={['events', 'visitors']} />
        <Part
          site={site}
          look={look}
          title="Where it happened"
          hint="Events by the page they happened on."
          property="page"
          metric="events"
          unit="events"
          only={only}
          empty="It did not happen in this period."
        />
        <Values {...props} only={only} of="value" />
        <Properties {...props} only={only} />
      </div>
    </>
  );
}

export default function EventsPage(props: SitePageProps) {
  const { site, look } = props;
  const { event } = look.view.more;
  if (event) return <OneEvent {...props} action={event} />;
  return (
    <Card title="Events" hint="Custom events by their action. Choose one for its trend, pages, properties and values.">
      <PropertyTable
        site={site}
        look={look}
        property="event"
        title="Event"
        metrics={['visitors', 'events', 'conversion_rate', 'value_sum', 'value_avg']}
        open={(key) => look.href({ more: { event: key } })}
        empty="No custom event yet. Send one from your pages: zta('event', 'signup', { plan: 'pro' })."
      />
    </Card>
  );
}
