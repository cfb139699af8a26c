// The read-only dashboard of a public site or a share link: no account, one answer, a few minutes old at most.
import { useEffect, useState } from 'preact/hooks';
import { useServices } from '../context';
import { count, country, duration, percent, source, capital } from '../format';
import { useLoad } from '../load';
import { Card } from '../panels/Card';
import { Chart } from '../panels/Chart';
import { Logo } from '../panels/Logo';
import { Empty, Failure, SkeletonRows } from '../panels/States';
import { ThemeSwitch } from '../panels/TopBar';
import { dayLabel } from '../period';
import { rows } from '../rows';
import { bucketLabel } from '../series';
import type { PublicStats } from '../types';

const names: Record<string, string> = {
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  '90d': 'Last 90 days',
  '365d': 'Last 365 days',
};

interface ListProps {
  title: string;
  unit: string;
  entries: { key: string; label: string; value: number }[];
  mono?: boolean;
}

function List({ title, unit, entries, mono = false }: ListProps) {
  const list = rows(entries, entries.length);
  return (
    <Card title={title} area="a-half" unit={unit}>
      <div class="list-box">
        {list.length === 0 && <Empty>Nothing in this period.</Empty>}
        <ol class={mono ? 'list mono' : 'list'}>
          {list.map((row) => (
            <li key={row.key} class="row" style={{ '--share': row.share }}>
              <span class="row-label" title={row.label}>
                <bdi>{row.label}</bdi>
              </span>
              <span class="row-value">{row.shown}</span>
            </li>
          ))}
        </ol>
      </div>
    </Card>
  );
}

function Summary({ data }: { data: PublicStats }) {
  const figures = [
    ['Visitors', count(data.uniqueVisitors)],
    ['Pageviews', count(data.pageviews)],
    ['Bounce rate', percent(data.bounceRate)],
    ['Visit duration', duration(data.avgSessionDuration)],
  ];
  const hourly = data.daily.some(({ date }) => date.includes('T'));
  const model = {
    labels: data.daily.map(({ date }) => (hourly ? bucketLabel(date, 'hour', false) : dayLabel(date))),
    values: data.daily.map(({ uniqueVisitors }) => uniqueVisitors),
    before: null,
    running: data.daily.length - 1,
    marks: [],
    show: (value: number) => `${count(value)} visitors`,
  };
  return (
    <section class="card padded a-summary" aria-label="In numbers">
      <dl class="figures plain four">
        {figures.map(([label, value]) => (
          <div key={label} class="figure">
            <dt class="figure-name">{label}</dt>
            <dd class="figure-value">{value}</dd>
          </div>
        ))}
      </dl>
      <Chart model={model} caption="Visitors by day" />
    </section>
  );
}

function Report({ data }: { data: PublicStats }) {
  return (
    <div class="grid">
      <Summary data={data} />
      <List
        title="Pages"
        unit="pageviews"
        mono
        entries={data.pages.map(({ path, pageviews }) => ({ key: path, label: path, value: pageviews }))}
      />
      <List
        title="Sources"
        unit="visits"
        entries={data.referrers.map((row) => ({ key: row.source, label: source(row.source), value: row.visits }))}
      />
      <List
        title="Countries"
        unit="visits"
        entries={data.countries.map(({ code, count: visits }) => ({ key: code, label: country(code), value: visits }))}
      />
      <List
        title="Browsers"
        unit="visits"
        entries={data.browsers.map(({ name, count: visits }) => ({
          key: name,
          label: name || 'Unknown',
          value: visits,
        }))}
      />
      <List
        title="Devices"
        unit="visits"
        entries={data.devices.map(({ type, count: visits }) => ({ key: type, label: capital(type), value: visits }))}
      />
    </div>
  );
}

/** shown: the token of a share, or the id of a public site. */
export default function PublicPage({ shown }: { shown: string }) {
  const { api } = useServices();
  const [period, setPeriod] = useState('');
  const who = shown.startsWith('site_') ? { siteId: shown } : { token: shown };
  const load = useLoad(`${shown} ${period}`, () =>
    api.open<PublicStats>('GET', '/api/public/stats', { ...who, period }),
  );
  const [kept, keep] = useState<PublicStats | null>(null);
  useEffect(() => {
    if (load.kind === 'done') keep(load.data);
  }, [load]);
  const data = load.kind === 'done' ? load.data : kept;
  useEffect(() => {
    document.title = `${data?.site.name ?? 'Dashboard'} · ztas`;
  }, [data?.site.name]);
  return (
    <>
      <header class="topbar">
        <div class="topbar-in">
          <span class="brand">
            <Logo />
            <span>ztas</span>
          </span>
          <span class="grow" />
          {data && (
            <select
              class="select"
              aria-label="Period"
              value={data.period}
              onChange={(event) => setPeriod(event.currentTarget.value)}
            >
              {data.allowedPeriods.map((name) => (
                <option key={name} value={name} selected={name === data.period}>
                  {names[name] ?? name}
                </option>
              ))}
            </select>
          )}
          <ThemeSwitch />
        </div>
      </header>
      <main id="main" class="page">
        <div class="page-head">
          <h1>
            <bdi>{data?.site.name ?? 'Dashboard'}</bdi>
          </h1>
          {data && (
            <span class="soft">
              <bdi>{data.site.domain}</bdi>, read-only
            </span>
          )}
        </div>
        {load.kind === 'failed' && <Failure error={load.error} retry={load.retry} />}
        {load.kind === 'loading' && !data && <SkeletonRows count={6} />}
        {data && <Report data={data} />}
      </main>
    </>
  );
}
