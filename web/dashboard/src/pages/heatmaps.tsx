// Heatmaps: which pages have data, and the heat of one of them.
import { useServices } from '../context';
import { plural } from '../format';
import type * as api from '../openapi';
import type { SitePageProps } from '../page';
import { daysOf } from '../period';
import { Card } from '../panels/Card';
import { choiceOf } from '../panels/heatmaps/choice';
import { OnePage } from '../panels/heatmaps/OnePage';
import { Tools } from '../panels/heatmaps/Tools';
import '../panels/heatmaps/heatmaps.css';
import { Empty, Failure, SkeletonRows } from '../panels/States';
import { sitePath } from '../route';
import { useReport } from '../use-report';

const PAGES = 100;
const MOST_DAYS = 90;

export default function HeatmapsPage({ site, look }: SitePageProps) {
  const { api } = useServices();
  const { filters, ...range } = look.rest;
  const long = daysOf(look.days) > MOST_DAYS;
  const params = { siteId: site.id, limit: PAGES, ...range };
  const { data, error, retry } = useReport(long ? '' : JSON.stringify(params), 0, () =>
    api.list<api.HeatmapPage>('/api/heatmaps/pages', params),
  );
  const asked = choiceOf(look.view.more);
  const choice = { ...asked, path: asked.path || (data?.data[0]?.path ?? '') };
  const total = data?.pagination?.total ?? 0;
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
        unit={data ? `${plural(total, 'page')} with data` : ''}
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
        {data && choice.path !== '' && <Tools look={look} choice={choice} pages={data.data} />}
        {filters && <p class="hint">Heatmaps show all visitors: filters do not apply here.</p>}
      </Card>
      {data && choice.path !== '' && <OnePage key={choice.path} site={site} look={look} choice={choice} />}
    </div>
  );
}
