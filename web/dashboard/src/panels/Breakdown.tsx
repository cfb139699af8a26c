// The top of a breakdown: bars, a filter at a click, its exclusion at Alt-click, and the whole of it under Details.
import { useState } from 'preact/hooks';
import { linesOf, TOP } from '../breakdown';
import { propertyName } from '../filters';
import { shown } from '../metrics';
import { comparable, keyOf, type Answer } from '../query';
import type { Site } from '../types';
import type { Looking } from '../view';
import { Change } from './Change';
import type { DetailsProps } from './Details';
import { FilterLink } from './FilterLink';
import { lazily } from './lazily';
import { NoRows } from './NoRows';
import { Empty, Refusal, SkeletonRows } from './States';

const Details = lazily<DetailsProps>(() => import('./Details').then((file) => file.Details));

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
