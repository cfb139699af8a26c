// How far visitors scrolled on a page.
import { useRef } from 'preact/hooks';
import type { Api } from '../api';
import { useServices } from '../context';
import { count, percent } from '../format';
import type { HeatmapPage } from '../openapi';
import type { Params } from '../protocol';
import type { Site } from '../types';
import { useReport } from '../use-report';
import type { Looking } from '../view';
import { AsOf } from './AsOf';
import { Card } from './Card';
import { Empty, Failure, SkeletonRows } from './States';

interface Scroll {
  scrollDepth: { depth: number; percentage: number; visitors: number }[];
  avgScrollDepth: number;
}

const nothing: Scroll = { scrollDepth: [], avgScrollDepth: 0 };
const PAGES = 100;

/** Whether the page may have interactions: one without any is not found, which browsers write down as an error. Of many pages not all are looked at. */
async function seen(api: Api, params: Params, path: string): Promise<boolean> {
  const { data, pagination } = await api.list<HeatmapPage>('/api/heatmaps/pages', { ...params, limit: PAGES });
  return (pagination?.total ?? 0) > PAGES || data.some((page) => page.path === path);
}

interface Props {
  site: Site;
  look: Looking;
  path: string;
  /** Rises when it is time to ask again. */
  tick: number;
}

export function ScrollCurve({ site, look, path, tick }: Props) {
  const { api } = useServices();
  const { filters: _, ...range } = look.rest;
  const params = { siteId: site.id, path, type: 'scroll', ...range };
  const key = JSON.stringify(params);
  const any = useRef(''); // the question that had an answer
  const { data, stale, error, at, retry } = useReport<Scroll>(key, tick, async () => {
    if (any.current !== key && !(await seen(api, { siteId: site.id, ...range }, path))) return nothing;
    const answer = await api.get<Scroll>('/api/heatmaps', params);
    any.current = key;
    return answer;
  });
  const rows = data?.scrollDepth;
  // 404: the server knows of no interaction on this page.
  const unknown = error?.status === 404;
  const none = unknown || (rows !== undefined && (rows[0]?.visitors ?? 0) === 0);
  return (
    <Card
      title="Scroll depth"
      hint="Share of those who scrolled that got at least this far down the page."
      area="a-half"
      unit={
        data &&
        !none && (
          <>
            {percent(data.avgScrollDepth)} on average, <AsOf at={at} zone={site.timezone} />
          </>
        )
      }
    >
      <div class="list-box" data-stale={stale} aria-busy={stale}>
        {!data && !error && <SkeletonRows count={4} />}
        {error && !unknown && <Failure error={error} retry={retry} />}
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
