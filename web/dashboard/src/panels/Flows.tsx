// The pages before and after a page, by visits.
import { useServices } from '../context';
import { TOP } from '../breakdown';
import { count } from '../format';
import { topOf } from '../looked';
import type { Journeys, Site } from '../types';
import { useReport } from '../use-report';
import type { Looking } from '../view';
import { AllOf } from './AllOf';
import { AsOf } from './AsOf';
import { Card } from './Card';
import { Empty, Failure, SkeletonRows } from './States';
import { Address } from './Value';

/** Pages that the server names. */
const MOST = 50;

interface Props {
  site: Site;
  look: Looking;
  path: string;
  /** Rises when it is time to ask again. */
  tick: number;
  /** start: what comes next; end: what came before. */
  anchor: 'start' | 'end';
  href: (path: string) => string;
}

export function Flow({ site, look, path, tick, anchor, href }: Props) {
  const { api } = useServices();
  const params = { siteId: site.id, steps: 2, limit: MOST, anchor, path, ...look.rest };
  const { data, stale, error, at, retry } = useReport(JSON.stringify(params), tick, () =>
    api.get<Journeys>('/api/journeys', params),
  );
  const step = anchor === 'start' ? 2 : 1;
  const next = anchor === 'start';
  const title = next ? 'Next pages' : 'Previous pages';
  const all = data?.nodes
    .filter((node) => node.step === step)
    .map(({ path: key, sessions }) => ({ key, label: key === '(other)' ? 'All others' : key, value: sessions }));
  const rows = all && topOf(all, TOP);
  const most = Math.max(1, ...(rows ?? []).map(({ value }) => value));
  return (
    <Card
      title={title}
      hint={
        next ? 'Where visits went after they first saw this page.' : 'Where visits were before they last saw this page.'
      }
      area="a-half"
      unit={
        <>
          visits{data && ', '}
          <AsOf at={at} zone={site.timezone} />
        </>
      }
    >
      <div class="list-box" data-stale={stale} aria-busy={stale}>
        {!rows && !error && <SkeletonRows count={4} />}
        {error && <Failure error={error} retry={retry} />}
        {rows?.length === 0 && <Empty>{next ? 'Every visit ended here.' : 'Every visit began here.'}</Empty>}
        {rows && rows.length > 0 && (
          <ol class="list mono">
            {rows.map(({ key, label, value }) => (
              <li key={key} class="row" style={{ '--share': value / most }}>
                <span class="row-label" title={label}>
                  {key === '(other)' ? (
                    label
                  ) : (
                    <a class="row-link" href={href(key)}>
                      <Address text={label} />
                    </a>
                  )}
                </span>
                <span class="row-value">{count(value)}</span>
              </li>
            ))}
          </ol>
        )}
        {all && (
          <AllOf
            {...{ site, title, href }}
            shown={TOP}
            name={`${next ? 'next' : 'previous'}-pages-${look.days.to}`}
            property="page"
            label="Page"
            unit="Visits"
            entries={all}
          />
        )}
      </div>
    </Card>
  );
}
