// All pages in a table; one of them with its trend, the pages before and after it, its sources and its scroll curve.
import { formatFilters, withFilter } from '../filters';
import type { SitePageProps } from '../page';
import { Flow } from '../panels/Flows';
import { MakeGoal } from '../panels/MakeGoal';
import { Part } from '../panels/Part';
import { PropertyTable } from '../panels/PropertyTable';
import { ScrollCurve } from '../panels/ScrollCurve';
import { Tabs } from '../panels/Tabs';
import { Trend } from '../panels/Trend';
import { sitePath } from '../route';
import { useTick } from '../use-report';

/** Three reports of a page ask again then. */
const EVERY_MS = 30_000;

const lists = [
  { key: 'page', label: 'All pages' },
  { key: 'entry_page', label: 'Entry pages' },
  { key: 'exit_page', label: 'Exit pages' },
];

function OnePage({ site, look, path }: SitePageProps & { path: string }) {
  const only = formatFilters(withFilter([], 'page', path));
  const tick = useTick(site.id, look, EVERY_MS);
  const href = (other: string) => look.href({ more: { ...look.view.more, path: other } });
  return (
    <>
      <div class="page-head">
        <a class="back" href={look.href({ more: {} })}>
          ← All pages
        </a>
        <h2 class="path mono">
          <bdi dir="ltr">{path}</bdi>
        </h2>
        <span class="grow" />
        <a class="button quiet" href={`${sitePath(site.id, 'heatmaps')}?path=${encodeURIComponent(path)}`}>
          Heatmap
        </a>
        <MakeGoal key={path} site={site} seed={{ type: 'pageview', path }} />
      </div>
      <div class="grid">
        <Trend site={site} look={look} title="Trend" only={only} metrics={['pageviews', 'visitors', 'time_on_page']} />
        <Flow site={site} look={look} path={path} tick={tick} anchor="end" href={href} />
        <Flow site={site} look={look} path={path} tick={tick} anchor="start" href={href} />
        <Part
          site={site}
          look={look}
          title="Sources"
          hint="Where the visits that saw this page came from."
          property="source"
          metric="visitors"
          unit="visitors"
          only={only}
          empty="No visit saw this page in this period."
        />
        <ScrollCurve site={site} look={look} path={path} tick={tick} />
      </div>
    </>
  );
}

export default function PagesPage(props: SitePageProps) {
  const { site, look } = props;
  const { path, list } = look.view.more;
  if (path) return <OnePage {...props} path={path} />;
  const chosen = lists.find(({ key }) => key === list)?.key ?? 'page';
  const open = (key: string) => look.href({ more: { path: key } });
  const body = () => (
    <PropertyTable
      key={chosen}
      site={site}
      look={look}
      property={chosen}
      title={chosen === 'page' ? 'Page' : chosen === 'entry_page' ? 'Entry page' : 'Exit page'}
      open={open}
      empty="No pageview in this period. Choose a longer one, or check the tracking snippet under Setup."
    />
  );
  return (
    <Tabs
      label="Pages"
      tabs={lists.map(({ key, label }) => ({ key, label, body }))}
      chosen={chosen}
      choose={(key) => look.choose('list', key === 'page' ? '' : key)}
    />
  );
}
