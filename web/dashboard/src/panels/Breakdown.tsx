// The top of a breakdown: bars, a filter at a click, its exclusion at Alt-click, and the whole of it under Details.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { linesOf, TOP, type Line } from '../breakdown';
import { formatFilters, propertyName, withFilter, type Filter } from '../filters';
import { shown } from '../metrics';
import { comparable, keyOf, type Answer } from '../query';
import type { Site } from '../types';
import type { Looking } from '../view';
import { Change } from './Change';
import type { DetailsProps } from './Details';
import { lazily } from './lazily';
import { Empty, Refusal, SkeletonRows } from './States';

const Details = lazily<DetailsProps>(() => import('./Details').then((file) => file.Details));

/** The filters after a click on a line: its own is set, or taken away where it is the chosen one. */
export function clicked(filters: Filter[], property: string, line: Line, exclude: boolean): Filter[] {
  if (!line.chosen) return withFilter(filters, property, line.key, exclude);
  const own = formatFilters(withFilter([], property, line.key));
  return filters.filter((filter) => formatFilters([filter]) !== own);
}

/** A label that filters the page. */
export function FilterLink({ look, property, line }: { look: Looking; property: string; line: Line }) {
  const { route } = useLocation();
  if (!line.filterable) return <bdi>{line.label}</bdi>;
  const to = (exclude: boolean) => look.href({ filters: clicked(look.view.filters, property, line, exclude) });
  return (
    <a
      class="row-link"
      href={to(false)}
      aria-current={line.chosen ? 'true' : undefined}
      onClick={(event) => {
        if (!event.altKey) return;
        event.preventDefault();
        event.stopPropagation();
        route(to(true));
      }}
    >
      <bdi>{line.label}</bdi>
    </a>
  );
}

/** Why there is nothing, and the way back where filters are the reason. */
export function NoRows({ look, children }: { look: Looking; children: ComponentChildren }) {
  if (look.view.filters.length === 0) return <Empty>{children}</Empty>;
  return (
    <Empty>
      <p>No visit of this period satisfies the filters.</p>
      <a class="button quiet" href={look.href({ filters: [] })}>
        Clear the filters
      </a>
    </Empty>
  );
}

interface Props {
  site: Site;
  look: Looking;
  property: string;
  /** The metric of the bars. */
  metric: string;
  answer: Answer | undefined;
  stale: boolean;
  /** Asks again. */
  retry: () => void;
  /** What to say when nothing is there. */
  empty: string;
  /** What to say when no visit has a value of the property. */
  none?: string;
  /** Labels are addresses. */
  mono?: boolean;
  /** Rows on view; nine by default. */
  top?: number;
  /** Further filters of this list, in the language of the Query API. */
  only?: string;
}

export function Breakdown({
  site,
  look,
  property,
  metric,
  answer,
  stale,
  retry,
  empty,
  none = `No visit of this period has a known ${propertyName(property).toLowerCase()}.`,
  mono = false,
  only,
  top = TOP,
}: Props) {
  const [open, setOpen] = useState(false);
  if (answer?.error) return <Refusal error={answer.error} retry={retry} />;
  if (answer?.rows === 1 && answer.results[0] && keyOf(answer.results[0], property) === '(none)')
    return <Empty>{none}</Empty>;
  const lines = answer ? linesOf(answer, property, metric, look.view.filters).slice(0, top) : null;
  return (
    <div class="list-box" data-stale={stale} aria-busy={stale}>
      {!lines && <SkeletonRows count={5} />}
      {lines?.length === 0 && <NoRows look={look}>{empty}</NoRows>}
      {lines && lines.length > 0 && (
        <ol class={mono ? 'list mono' : 'list'}>
          {lines.map((line) => (
            <li key={line.key} class="row" data-chosen={line.chosen} style={{ '--share': line.share }}>
              {line.mark && (
                <span class="mark" aria-hidden="true">
                  {line.mark}
                </span>
              )}
              <span class="row-label" title={line.label}>
                <FilterLink look={look} property={property} line={line} />
              </span>
              {comparable(answer) && <Change value={line.value} before={line.before} />}
              <span class="row-value">{shown(metric, line.value, answer?.estimated)}</span>
            </li>
          ))}
        </ol>
      )}
      {answer && lines && lines.length > 0 && (
        <button type="button" class="details-button" onClick={() => setOpen(true)}>
          Details <span class="soft">{answer.rows > top ? `all ${answer.rows}` : ''}</span>
        </button>
      )}
      {open && (
        <Details
          site={site}
          look={look}
          property={property}
          title={propertyName(property)}
          {...(metric === 'events' ? { metrics: ['events', 'visitors'] } : {})}
          {...(only ? { only } : {})}
          onClose={() => setOpen(false)}
        />
      )}
    </div>
  );
}
