// What is stored of a visit, shown on the latest one; and what visitors may ask for.
import { Fragment } from 'preact';
import { useEffect } from 'preact/hooks';
import { useServices } from '../../context';
import { useTopic } from '../../live';
import type { SitePageProps } from '../../page';
import type { Feed } from '../../types';
import { Card } from '../Card';
import { Switch } from '../Field';
import { Empty, Failure, SkeletonRows } from '../States';
import { Address } from '../Value';
import { moment, zoneNote } from './moment';
import { SiteForm } from './SiteForm';
import { useLatest } from './use-latest';
import { useSlowly } from './use-slowly';

const RELOAD_EVERY_MS = 1_000;

const never = [
  'IP addresses',
  'user agents',
  'full referrer URLs',
  'cookies',
  'fingerprints',
  'what is typed into forms',
];

/** Columns that hold people's words; the others hold addresses, codes and numbers. */
const words = new Set([
  ...['source', 'utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content'],
  ...['region', 'action', 'category', 'label', 'text'],
]);

/** A stored value as text; empty ones say so. */
export function shownValue(value: unknown): string {
  if (value === null || value === '') return '–';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Columns that this kind of event fills, with times as people read them; and the names of the empty ones. Pure. */
export function sampleParts(row: Record<string, unknown>, zone: string): { full: [string, string][]; empty: string[] } {
  const isEmpty = (value: unknown) => value === null || value === '';
  const written = (name: string, value: unknown) =>
    (name === 'ts' || name === 'received_at') && typeof value === 'number'
      ? `${value} (${moment(new Date(value).toISOString(), zone)})`
      : shownValue(value);
  const all = Object.entries(row);
  return {
    full: all.filter(([, value]) => !isEmpty(value)).map(([name, value]) => [name, written(name, value)]),
    empty: all.filter(([, value]) => isEmpty(value)).map(([name]) => name),
  };
}

function StoredRecord({ row, zone }: { row: Record<string, unknown>; zone: string }) {
  const { full, empty } = sampleParts(row, zone);
  return (
    <>
      <dl class="facts mono">
        {full.map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{words.has(name) ? <bdi>{value}</bdi> : <Address text={value} />}</dd>
          </Fragment>
        ))}
      </dl>
      <p class="soft empty-columns">{zoneNote(zone)}</p>
      {empty.length > 0 && (
        <p class="soft empty-columns">
          Empty in this event: <span class="mono">{empty.join(', ')}</span>
        </p>
      )}
    </>
  );
}

function Sample({ siteId, zone }: { siteId: string; zone: string }) {
  const { api } = useServices();
  const sample = useLatest('sample', async () => ({
    row: await api.get<Record<string, unknown> | null>(`/api/sites/${siteId}/sample`),
  }));
  const feed = useTopic<Feed>('feed', siteId).data.value;
  // What the feed leaves out is stored all the same.
  const newest = useSlowly(feed ? `${feed.items[0]?.id} ${feed.skipped}` : '', RELOAD_EVERY_MS);
  useEffect(() => {
    if (newest) sample.reload();
  }, [newest]);
  const row = sample.data?.row;
  return (
    <Card title="The latest stored event" hint="Every column that the server keeps of one event; it is live.">
      {sample.error && <Failure error={sample.error} retry={sample.reload} />}
      {!sample.data && !sample.error && <SkeletonRows count={6} />}
      {sample.data && !row && <Empty>Nothing is stored yet.</Empty>}
      {row && <StoredRecord row={row} zone={zone} />}
    </Card>
  );
}

export function Privacy({ site, reload }: SitePageProps) {
  const { settings } = site;
  return (
    <>
      <Card title="Privacy">
        <p class="card-text">
          Never stored: {never.slice(0, -1).join(', ')} and {never.at(-1)}. A visitor is a hash that changes every day
          and cannot be turned back.
        </p>
        <SiteForm
          site={site}
          reload={reload}
          change={(form) => ({
            settings: {
              keepQuery: form.has('keepQuery'),
              honorGpc: form.has('honorGpc'),
              honorDnt: form.has('honorDnt'),
              heatmaps: form.has('heatmaps'),
            },
          })}
        >
          <Switch
            label="Honour Global Privacy Control"
            hint="Visitors whose browser sends it are not counted."
            name="honorGpc"
            checked={settings.honorGpc}
          />
          <Switch
            label="Honour Do Not Track"
            hint="Likewise for the older signal."
            name="honorDnt"
            checked={settings.honorDnt}
          />
          <Switch
            label="Heatmaps"
            hint="Stores clicks, scrolling and moves."
            name="heatmaps"
            checked={settings.heatmaps}
          />
          <Switch
            label="Keep the query of addresses"
            hint="Off: /search?q=shoes is stored as /search. What stands in queries may be personal."
            name="keepQuery"
            checked={settings.keepQuery}
          />
        </SiteForm>
      </Card>
      <Sample siteId={site.id} zone={site.timezone} />
    </>
  );
}
