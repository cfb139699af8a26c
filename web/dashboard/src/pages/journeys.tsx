// Journeys: the ways of visits over three to five pages, from their start or to their end, through one page if asked.
import { useServices } from '../context';
import { plural } from '../format';
import type { SitePageProps } from '../page';
import { NoRows } from '../panels/Breakdown';
import { Card } from '../panels/Card';
import { SeenList, useSeen } from '../panels/goals/Seen';
import { JourneyTable } from '../panels/journeys/JourneyTable';
import { Sankey } from '../panels/journeys/Sankey';
import '../panels/journeys/journeys.css';
import { Failure, SkeletonRows } from '../panels/States';
import type { Journeys } from '../types';
import { useReport, useTick } from '../use-report';

const STEPS = [3, 4, 5];
const PATHS = 8;

interface Choice {
  steps: number;
  anchor: 'start' | 'end';
  path: string;
}

function choiceOf(more: Record<string, string>): Choice {
  return {
    steps: STEPS.find((n) => String(n) === more['steps']) ?? 3,
    anchor: more['anchor'] === 'end' ? 'end' : 'start',
    path: more['path'] ?? '',
  };
}

function Tools({ site, look, choice }: Pick<SitePageProps, 'site' | 'look'> & { choice: Choice }) {
  const seen = useSeen(site, 'page');
  return (
    <div class="list-tools journey-tools">
      <div class="segments" role="group" aria-label="Anchor">
        {(['start', 'end'] as const).map((anchor) => (
          <button
            key={anchor}
            type="button"
            class="segment"
            aria-pressed={anchor === choice.anchor}
            onClick={() => look.choose('anchor', anchor === 'start' ? '' : anchor)}
          >
            {anchor === 'start' ? 'From the start' : 'To the end'}
          </button>
        ))}
      </div>
      <div class="segments" role="group" aria-label="Steps">
        {STEPS.map((n) => (
          <button
            key={n}
            type="button"
            class="segment"
            aria-pressed={n === choice.steps}
            onClick={() => look.choose('steps', n === 3 ? '' : String(n))}
          >
            {n} steps
          </button>
        ))}
      </div>
      <SeenList values={seen}>
        {(list) => (
          <input
            key={choice.path}
            type="search"
            list={list}
            aria-label="Only visits that saw this page"
            placeholder={choice.anchor === 'start' ? 'From any page' : 'To any page'}
            defaultValue={choice.path}
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            onChange={(event) => look.choose('path', event.currentTarget.value.trim())}
          />
        )}
      </SeenList>
    </div>
  );
}

export default function JourneysPage({ site, look }: SitePageProps) {
  const { api } = useServices();
  const choice = choiceOf(look.view.more);
  const { steps, anchor, path } = choice;
  const tick = useTick(site.id, look);
  const params = { siteId: site.id, steps, anchor, path, limit: PATHS, ...look.rest };
  const { data, stale, error, retry } = useReport(JSON.stringify(params), tick, async () => ({
    steps,
    anchor,
    journeys: await api.get<Journeys>('/api/journeys', params),
  }));
  const href = (other: string) => look.href({ more: { ...look.view.more, path: other } });
  return (
    <div class="grid">
      <Card
        title="Journeys"
        hint="The pages of each visit in order, equal neighbours once. Choose a page to see the ways through it."
        area="a-summary"
        unit={data ? plural(data.journeys.sessions, 'visit') : ''}
      >
        <Tools site={site} look={look} choice={choice} />
        {error && <Failure error={error} retry={retry} />}
        {!data && !error && <SkeletonRows count={7} />}
        {data?.journeys.nodes.length === 0 && (
          <NoRows look={look}>
            {path ? `No visit of this period saw ${path}.` : 'No visit with a pageview in this period.'}
          </NoRows>
        )}
        {data && data.journeys.nodes.length > 0 && (
          <div data-stale={stale} aria-busy={stale}>
            <Sankey {...data} choose={(other) => look.change({ more: { ...look.view.more, path: other } })} />
          </div>
        )}
      </Card>
      {data && data.journeys.nodes.length > 0 && (
        <Card title="As a table" area="a-summary">
          <div data-stale={stale}>
            <JourneyTable journeys={data.journeys} steps={data.steps} href={href} />
          </div>
        </Card>
      )}
    </div>
  );
}
