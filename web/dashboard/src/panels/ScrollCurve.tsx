// How far visitors scrolled on a page.
import { useServices } from '../context';
import { count, percent } from '../format';
import { useLoad } from '../load';
import type { Site } from '../types';
import type { Looking } from '../view';
import { Card } from './Card';
import { Empty, Failure, SkeletonRows } from './States';

interface Scroll {
  scrollDepth: { depth: number; percentage: number; visitors: number }[];
  avgScrollDepth: number;
}

export function ScrollCurve({ site, look, path }: { site: Site; look: Looking; path: string }) {
  const { api } = useServices();
  const { filters: _, ...range } = look.rest;
  const params = { siteId: site.id, path, type: 'scroll', ...range };
  const load = useLoad(JSON.stringify(params), () => api.get<Scroll>('/api/heatmaps', params));
  const rows = load.kind === 'done' ? load.data.scrollDepth : null;
  // 404: the server knows of no interaction on this page.
  const unknown = load.kind === 'failed' && load.error.status === 404;
  const none = unknown || (rows !== null && (rows[0]?.visitors ?? 0) === 0);
  return (
    <Card
      title="Scroll depth"
      hint="Share of those who scrolled that got at least this far down the page."
      area="a-half"
      unit={load.kind === 'done' && !none ? `${percent(load.data.avgScrollDepth)} on average` : ''}
    >
      <div class="list-box">
        {load.kind === 'loading' && <SkeletonRows count={4} />}
        {load.kind === 'failed' && !unknown && <Failure error={load.error} retry={load.retry} />}
        {none && (
          <Empty>No scrolling was recorded here. It needs the heatmap script and heatmaps in the settings.</Empty>
        )}
        {rows && !none && (
          <ol class="list">
            {rows.map(({ depth, percentage, visitors }) => (
              <li key={depth} class="row" style={{ '--share': percentage / 100 }}>
                <span class="row-label">{depth === 0 ? 'Began to scroll' : `${depth}\u202f% of the page`}</span>
                <span class="soft">{count(visitors)}</span>
                <span class="row-value">{percent(percentage)}</span>
              </li>
            ))}
          </ol>
        )}
      </div>
    </Card>
  );
}
