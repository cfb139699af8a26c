// Journeys: the ways of visits over three to five pages, from their start or to their end, through one page if asked.
import { useState } from 'preact/hooks';
import { useServices } from '../context';
import { plural } from '../format';
import type { SitePageProps } from '../page';
import { NoRows } from '../panels/NoRows';
import { AsOf } from '../panels/AsOf';
import { Card } from '../panels/Card';
import { Download } from '../panels/goals/Download';
import { SeenList, useSeen } from '../panels/goals/Seen';
import { JourneyTable } from '../panels/journeys/JourneyTable';
import { range, stepName } from '../panels/journeys/layout';
import { Sankey } from '../panels/journeys/Sankey';
import '../panels/journeys/journeys.css';
import { Failure, SkeletonRows } from '../panels/States';
import { Tabs } from '../panels/Tabs';
import type { Journeys } from '../types';
import { useReport, useTick } from '../use-report';

const STEPS = [3, 4, 5];
const PATHS = 8;
const HEADER = ['Step', 'From', 'To', 'Visits'];

interface Choice {
  steps: number;
  anchor: 'start' | 'end';
  path: string;
}

interface Shown extends Omit<Choice, 'path'> {
  journeys: Journeys;
}

/** What leads from page to page, as lines of a file. */
function linesOf({ journeys, steps, anchor }: Shown): (string | number)[][] {
  return journeys.links.map(({ step, from, to, sessions }) => [stepName(step, steps, anchor), from, to, sessions]);
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
            dir="ltr"
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
  const [step, setStep] = useState<string | null>(null);
  const tick = useTick(site.id, look);
  const params = { siteId: site.id, steps, anchor, path, limit: PATHS, ...look.rest };
  const { data, stale, error, at, retry } = useReport<Shown>(JSON.stringify(params), tick, async () => ({
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
        unit={
          data && (
            <>
              {plural(data.journeys.sessions, 'visit')}, <AsOf at={at} zone={site.timezone} />
            </>
          )
        }
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
        <Tabs
          label="Step by step"
          area="a-summary"
          chosen={step ?? String(data.anchor === 'start' ? 1 : data.steps - 1)}
          choose={setStep}
          side={<Download {...{ site, look }} name="journeys" header={HEADER} rows={() => linesOf(data)} />}
          tabs={range(data.steps).map((n) => ({
            key: String(n),
            label: stepName(n, data.steps, data.anchor),
            body: () => (
              <div data-stale={stale}>
                <JourneyTable {...data} step={n} href={href} />
              </div>
            ),
          }))}
        />
      )}
    </div>
  );
}
