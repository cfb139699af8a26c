// The picture's numbers as text: totals, and the shares and times by height that the colours stand for.
import { count, percent, plural } from '../../format';
import { Table } from '../Table';
import { totalOf, type Heatmap } from './heat';

export function Totals({ map, label }: { map: Heatmap; label: string }) {
  const { value, unit } = totalOf(map);
  return (
    <p>
      {label && <span class="soft">{label}: </span>}
      <b data-figure="heat-total">{plural(value, unit)}</b>{' '}
      {map.type !== 'scroll' && map.type !== 'attention' && (
        <span class="soft">on {plural(map.pageviews, 'pageview')}</span>
      )}
      {map.type !== 'scroll' && map.estimated && <span class="soft">, without the rarest spots</span>}
      {map.type === 'scroll' && <span class="soft">scrolled {percent(map.avgScrollDepth)} on average</span>}
    </p>
  );
}

export function ByHeight({ map }: { map: Heatmap }) {
  if (map.type === 'scroll') {
    return (
      <Table
        caption="Scroll depth"
        columns={[
          { key: 'depth', label: 'Depth', cell: ({ depth }) => (depth === 0 ? 'Began to scroll' : `${depth} %`) },
          { key: 'visitors', label: 'Visitors', numeric: true, cell: ({ visitors }) => count(visitors) },
          { key: 'share', label: 'Share', numeric: true, cell: ({ percentage }) => percent(percentage) },
        ]}
        rows={map.scrollDepth}
        rowKey={({ depth }) => String(depth)}
        share={({ percentage }) => percentage / 100}
      />
    );
  }
  if (map.type !== 'attention') return null;
  return (
    <Table
      caption="Attention by height"
      columns={[
        { key: 'y', label: 'From the top', cell: ({ y, height }) => `${count(y)}–${count(y + height)} px` },
        { key: 'time', label: 'Mean time', numeric: true, cell: ({ avgTime }) => `${avgTime.toFixed(1)} s` },
        { key: 'attention', label: 'Attention', numeric: true, cell: ({ attention }) => percent(attention) },
        { key: 'reach', label: 'Seen by', numeric: true, cell: ({ scrollReach }) => percent(scrollReach) },
      ]}
      rows={map.areas}
      rowKey={({ y }) => String(y)}
      share={({ attention }) => attention / 100}
    />
  );
}
