// The pages before and after a page, by visits.
import { useServices } from '../context';
import { count } from '../format';
import type { Journeys, Site } from '../types';
import { useReport } from '../use-report';
import type { Looking } from '../view';
import { AsOf } from './AsOf';
import { Card } from './Card';
import { Empty, Failure, SkeletonRows } from './States';
import { Address } from './Value';

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
  const params = { siteId: site.id, steps: 2, limit: 9, anchor, path, ...look.rest };
  const { data, stale, error, at, retry } = useReport(JSON.stringify(params), tick, () =>
    api.get<Journeys>('/api/journeys', params),
  );
  const step = anchor === 'start' ? 2 : 1;
  const nodes = data?.nodes.filter((node) => node.step === step);
  const most = Math.max(1, ...(nodes ?? []).map(({ sessions }) => sessions));
  const next = anchor === 'start';
  return (
    <Card
      title={next ? 'Next pages' : 'Previous pages'}
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
        {!nodes && !error && <SkeletonRows count={4} />}
        {error && <Failure error={error} retry={retry} />}
        {nodes?.length === 0 && <Empty>{next ? 'Every visit ended here.' : 'Every visit began here.'}</Empty>}
        {nodes && nodes.length > 0 && (
          <ol class="list mono">
            {nodes.map((node) => (
              <li key={node.path} class="row" style={{ '--share': node.sessions / most }}>
                <span class="row-label" title={node.path}>
                  {node.path === '(other)' ? (
                    'All others'
                  ) : (
                    <a class="row-link" href={href(node.path)}>
                      <Address text={node.path} />
                    </a>
                  )}
                </span>
                <span class="row-value">{count(node.sessions)}</span>
              </li>
            ))}
          </ol>
        )}
      </div>
    </Card>
  );
}
