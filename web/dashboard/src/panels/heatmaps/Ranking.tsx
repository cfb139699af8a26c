// Elements by clicks, bursts of angry clicks, clicks that did nothing; the pointed-at one is shown on the page.
import { useState } from 'preact/hooks';
import { useServices } from '../../context';
import { count, percent } from '../../format';
import type * as api from '../../openapi';
import type { Params } from '../../protocol';
import type { Site } from '../../types';
import { useReport, type Report } from '../../use-report';
import type { Looking } from '../../view';
import { Download } from '../goals/Download';
import { Empty, Failure, SkeletonRows } from '../States';
import { Table, type Column } from '../Table';
import { Tabs } from '../Tabs';

const ROWS = 20;

interface Spot {
  x: number;
  y: number;
}

/** An element as lists name it, with the words on it. */
function Name({ element, text, selector, spot, point }: NameProps) {
  const inside = (
    <>
      <code>{element || selector || 'without a name'}</code>
      {text && (
        <>
          {' '}
          <q>
            <bdi>{text}</bdi>
          </q>
        </>
      )}
    </>
  );
  if (!spot) return inside;
  return (
    <button
      type="button"
      class="heat-name"
      title="Show it on the page"
      onMouseEnter={() => point(spot)}
      onMouseLeave={() => point(null)}
      onFocus={() => point(spot)}
      onBlur={() => point(null)}
      onClick={() => {
        point(spot);
        document.querySelector('.heat-spot')?.scrollIntoView({ block: 'center' });
      }}
    >
      {inside}
    </button>
  );
}

interface NameProps {
  element: string;
  text: string;
  selector: string;
  spot: Spot | null;
  point: (spot: Spot | null) => void;
}

interface ListProps<T> {
  report: Report<T[]>;
  caption: string;
  columns: Column<T>[];
  rowKey: (row: T) => string;
  share: (row: T) => number;
  empty: string;
  /** A row as a line of a file, and what its fields are. */
  header: string[];
  line: (row: T) => (string | number)[];
  at: Pick<Props, 'site' | 'look'>;
}

function List<T>({ report, empty, header, line, at, ...table }: ListProps<T>) {
  const { data, stale, error, retry } = report;
  // 404: nobody clicked here.
  const none = data?.length === 0 || error?.status === 404;
  if (error && !none) return <Failure error={error} retry={retry} />;
  if (none) return <Empty>{empty}</Empty>;
  if (!data) return <SkeletonRows count={5} />;
  return (
    <div class="heat-list" data-stale={stale}>
      <Table {...table} rows={data} />
      <Download {...at} name={table.caption.toLowerCase()} header={header} rows={() => data.map(line)} />
    </div>
  );
}

interface Props {
  site: Site;
  look: Looking;
  params: Params;
  tick: number;
  /** Bins of the clicks on view: where an element stands. */
  bins: { x: number; y: number; element: string }[];
  point: (spot: Spot | null) => void;
}

const severities = { low: '● low', medium: '●● medium', high: '●●● high' };

function Elements({ params, tick, bins, point, ...at }: Props) {
  const { api } = useServices();
  const report = useReport(JSON.stringify(params), tick, async () => {
    return (await api.get<api.ClickedElements>('/api/heatmaps/elements', { ...params, limit: ROWS })).elements;
  });
  const most = Math.max(1, ...(report.data ?? []).map(({ clicks }) => clicks));
  return (
    <List
      report={report}
      caption="Elements by clicks"
      at={at}
      header={['Element', 'Selector', 'Text', 'Clicks', 'Of pageviews', 'Seconds after']}
      line={(row) => [row.element, row.selector, row.text, row.clicks, row.clickRate, row.avgClickTime]}
      empty="Nobody clicked here in this period."
      rowKey={({ selector }) => selector}
      share={({ clicks }) => clicks / most}
      columns={[
        {
          key: 'element',
          label: 'Element',
          cell: (row) => (
            <Name {...row} spot={bins.find(({ element }) => element === row.element) ?? null} point={point} />
          ),
        },
        { key: 'clicks', label: 'Clicks', numeric: true, cell: ({ clicks }) => count(clicks) },
        { key: 'rate', label: 'Of pageviews', numeric: true, cell: ({ clickRate }) => percent(clickRate) },
        { key: 'time', label: 'After', numeric: true, cell: ({ avgClickTime }) => `${avgClickTime.toFixed(1)} s` },
      ]}
    />
  );
}

function Rage({ params, tick, point, site, look }: Props) {
  const at = { site, look };
  const { api } = useServices();
  const report = useReport(JSON.stringify(params), tick, async () => {
    return (await api.get<api.RageClicks>('/api/heatmaps/rage-clicks', { ...params, limit: ROWS })).rageClicks;
  });
  const most = Math.max(1, ...(report.data ?? []).map((row) => row.count));
  return (
    <List
      report={report}
      caption="Rage clicks"
      at={at}
      header={['Element', 'Selector', 'Text', 'Severity', 'Bursts', 'Clicks, mean', 'Most']}
      line={(row) => [
        ...[row.element, row.selector, row.text, row.severity],
        ...[row.count, row.avgClicks, row.maxClicks],
      ]}
      empty="Nobody clicked in anger: five times and more, quickly, at one place."
      rowKey={({ selector }) => selector}
      share={(row) => row.count / most}
      columns={[
        { key: 'element', label: 'Element', cell: (row) => <Name {...row} spot={row} point={point} /> },
        {
          key: 'severity',
          label: 'Severity',
          cell: ({ severity }) => (
            <span class="severity" data-severity={severity}>
              {severities[severity]}
            </span>
          ),
        },
        { key: 'count', label: 'Bursts', numeric: true, cell: (row) => count(row.count) },
        { key: 'mean', label: 'Clicks, mean', numeric: true, cell: ({ avgClicks }) => avgClicks.toFixed(1) },
        { key: 'most', label: 'Most', numeric: true, cell: ({ maxClicks }) => count(maxClicks) },
      ]}
    />
  );
}

function Dead({ params, tick, point, site, look }: Props) {
  const at = { site, look };
  const { api } = useServices();
  const report = useReport(JSON.stringify(params), tick, async () => {
    return (await api.get<api.DeadClicks>('/api/heatmaps/dead-clicks', { ...params, limit: ROWS })).deadClicks;
  });
  const most = Math.max(1, ...(report.data ?? []).map(({ clicks }) => clicks));
  return (
    <List
      report={report}
      caption="Dead clicks"
      at={at}
      header={['Element', 'Selector', 'Text', 'Dead clicks', 'Of all clicks']}
      line={(row) => [row.element, row.selector, row.text, row.clicks, row.percentage]}
      empty="Every click did something."
      rowKey={({ selector }) => selector}
      share={({ clicks }) => clicks / most}
      columns={[
        { key: 'element', label: 'Element', cell: (row) => <Name {...row} spot={row} point={point} /> },
        { key: 'clicks', label: 'Dead clicks', numeric: true, cell: ({ clicks }) => count(clicks) },
        { key: 'share', label: 'Of all clicks', numeric: true, cell: ({ percentage }) => percent(percentage) },
      ]}
    />
  );
}

export function Ranking(props: Props) {
  const [tab, setTab] = useState('elements');
  return (
    <Tabs
      label="What was clicked"
      area="a-summary"
      chosen={tab}
      choose={setTab}
      tabs={[
        { key: 'elements', label: 'Elements', body: () => <Elements {...props} /> },
        { key: 'rage', label: 'Rage clicks', body: () => <Rage {...props} /> },
        { key: 'dead', label: 'Dead clicks', body: () => <Dead {...props} /> },
      ]}
    />
  );
}
