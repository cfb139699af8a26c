// Heatmaps: which pages have data, and the heat of one of them.
import type { Api } from '../api';
import { useServices } from '../context';
import { plural } from '../format';
import type { HeatmapPage } from '../openapi';
import type { SitePageProps } from '../page';
import { daysOf } from '../period';
import { Card } from '../panels/Card';
import { choiceOf, completed } from '../panels/heatmaps/choice';
import { OnePage } from '../panels/heatmaps/OnePage';
import { Tools } from '../panels/heatmaps/Tools';
import '../panels/heatmaps/heatmaps.css';
import { Empty, Failure, SkeletonRows } from '../panels/States';
import type { Params } from '../protocol';
import { sitePath } from '../route';
import { useReport, useTick } from '../use-report';

const PAGES = 100;
/** Options of the picker; the page of any other path opens by its address, as the list of pages links it. */
const MOST_PAGES = 500;
const MOST_DAYS = 90;
const EVERY_MS = 30_000;

/** The pages with data, by clicks, and how many there are; the picker holds no more than it can show. */
async function pagesOf(api: Api, params: Params): Promise<{ pages: HeatmapPage[]; total: number }> {
  const ask = (offset: number) => api.list<HeatmapPage>('/api/heatmaps/pages', { ...params, limit: PAGES, offset });
  const first = await ask(0);
  const total = first.pagination?.total ?? first.data.length;
  const offsets = Array.from({ length: MOST_PAGES / PAGES - 1 }, (_, i) => (i + 1) * PAGES);
  const more = await Promise.all(offsets.filter((offset) => offset < total).map(ask));
  return { pages: [first, ...more].flatMap(({ data }) => data), total };
}

export default function HeatmapsPage({ site, look }: SitePageProps) {
  const { api } = useServices();
  const { filters, ...range } = look.rest;
  const long = daysOf(look.days) > MOST_DAYS;
  const params = { siteId: site.id, ...range };
  const tick = useTick(site.id, look, EVERY_MS);
  const { data, error, retry } = useReport(long ? '' : JSON.stringify(params), tick, () => pagesOf(api, params));
  const choice = completed(choiceOf(look.view.more), data?.pages ?? []);
  if (long) {
    return (
      <Card title="Heatmaps">
        <Empty>
          <p>Heatmaps look at {MOST_DAYS} days at most.</p>
          <a class="button quiet" href={look.href({ period: { name: '30d' } })}>
            Last 30 days
          </a>
        </Empty>
      </Card>
    );
  }
  return (
    <div class="grid">
      <Card
        title="Heatmaps"
        hint="What visitors do on a page. Positions are scaled to one window per device."
        area="a-summary"
        unit={data ? `${plural(data.total, 'page')} with data` : ''}
      >
        {error && <Failure error={error} retry={retry} />}
        {!data && !error && <SkeletonRows count={2} />}
        {data && choice.path === '' && (
          <Empty>
            <p>No click, scrolling or move was stored in this period.</p>
            <a class="button quiet" href={sitePath(site.id, 'setup')}>
              The tracking snippet
            </a>
          </Empty>
        )}
        {data && choice.path !== '' && <Tools look={look} choice={choice} pages={data.pages} />}
        {filters && <p class="hint">Heatmaps show all visitors: filters do not apply here.</p>}
      </Card>
      {data && choice.path !== '' && <OnePage key={choice.path} site={site} look={look} choice={choice} tick={tick} />}
    </div>
  );
}
