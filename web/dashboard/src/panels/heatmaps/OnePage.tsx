// The heat of one page: the picture with its tools, its numbers, and what was clicked.
import { useState } from 'preact/hooks';
import { useServices } from '../../context';
import { asApiError } from '../../load';
import { leftToRight } from '../../format';
import { daysLabel } from '../../period';
import { sitePath } from '../../route';
import type { Site } from '../../types';
import { useReport } from '../../use-report';
import type { Looking } from '../../view';
import { AsOf } from '../AsOf';
import { Card } from '../Card';
import { daysBefore } from '../funnels/funnel';
import { Empty, Failure, SkeletonRows } from '../States';
import { emptied, types, type Heatmap } from './heat';
import type { Chosen } from './choice';
import { ByHeight, Totals } from './Numbers';
import { Ranking } from './Ranking';
import { Stage } from './Stage';
import { Underlay } from './Underlay';
import { usePicture } from './use-picture';

const BINS = 5_000;
const OPACITY = 0.75;

function Nothing({ site, choice }: { site: Site; choice: Chosen }) {
  const off = !site.settings.heatmaps;
  return (
    <Empty>
      <p>
        {off
          ? 'Heatmaps are switched off for this site, so clicks, scrolling and moves are not stored.'
          : `Nothing of this kind was recorded on ${leftToRight(choice.path)} in this period${choice.device ? ` on ${choice.device}` : ''}.`}
      </p>
      {off ? (
        <a class="button quiet" href={sitePath(site.id, 'settings', 'privacy')}>
          Settings, Privacy
        </a>
      ) : (
        'Choose a longer period, other devices or another page. The tracking snippet must allow heatmaps.'
      )}
    </Empty>
  );
}

/** Before and after; a side of which nothing is stored is empty, where the other one has something. */
async function bothSides(before: Promise<Heatmap>, after: Promise<Heatmap>): Promise<Heatmap[]> {
  const sides = await Promise.allSettled([before, after]);
  const some = sides.find((side) => side.status === 'fulfilled')?.value;
  return sides.map((side) => {
    if (side.status === 'fulfilled') return side.value;
    if (!some || asApiError(side.reason).status !== 404) throw side.reason;
    return emptied(some);
  });
}

interface Props {
  site: Site;
  look: Looking;
  choice: Chosen;
  /** Another one: there are new events. */
  tick: number;
}

export function OnePage({ site, look, choice, tick }: Props) {
  const { api } = useServices();
  const [opacity, setOpacity] = useState(OPACITY);
  const [divider, setDivider] = useState(0.5);
  const [page, setPage] = useState(false);
  const [spot, point] = useState<{ x: number; y: number } | null>(null);
  const picture = usePicture(site.id, choice.path, choice.device);
  const { filters: _, ...range } = look.rest;
  const common = { siteId: site.id, path: choice.path, ...(choice.device ? { device: choice.device } : {}) };
  const params = { ...common, ...range };
  const before = daysBefore(look.days);
  const key = JSON.stringify([params, choice.type, choice.compare]);
  const { data, stale, error, at, retry } = useReport(key, tick, async () => {
    const ask = (days: Record<string, string>) =>
      api.get<Heatmap>('/api/heatmaps', { ...common, ...days, type: choice.type, limit: BINS });
    if (!choice.compare) return [await ask(range)];
    return bothSides(ask({ startDate: before.from, endDate: before.to }), ask(range));
  });
  const none = error?.status === 404;
  const maps = !none && data?.every(({ type }) => type === choice.type) ? data : null;
  const bins = maps?.flatMap((map) => (map.type === 'click' ? map.clicks : [])) ?? [];
  const hint = types.find(({ value }) => value === choice.type)?.hint ?? '';
  return (
    <>
      <Card title={choice.path} hint={hint} area="a-summary" unit={maps && <AsOf at={at} zone={site.timezone} />}>
        {error && !none && <Failure error={error} retry={retry} />}
        {none && <Nothing site={site} choice={choice} />}
        {none && choice.compare && (
          <button type="button" class="button quiet" onClick={() => look.choose('before', '')}>
            Stop comparing with {daysLabel(before)}
          </button>
        )}
        {!maps && !error && <SkeletonRows count={8} />}
        {maps && (
          <>
            <div class="heat-totals">
              {maps.map((map, i) => (
                <Totals key={i} map={map} label={maps.length < 2 ? '' : daysLabel(i === 0 ? before : look.days)} />
              ))}
            </div>
            <Underlay {...{ site, look, choice, picture, page, setPage, opacity, setOpacity, divider, setDivider }} />
            <div data-stale={stale}>
              <Stage
                domain={site.domain}
                path={choice.path}
                device={choice.device}
                maps={maps}
                page={page}
                picture={picture.shot}
                opacity={opacity}
                divider={divider}
                spot={spot}
              />
            </div>
          </>
        )}
      </Card>
      {maps?.at(-1) && (choice.type === 'scroll' || choice.type === 'attention') && (
        <Card title="In numbers" area="a-summary">
          {maps.slice(-1).map((map) => (
            <ByHeight key={map.type} map={map} />
          ))}
        </Card>
      )}
      <Ranking site={site} look={look} params={params} tick={tick} bins={bins} point={point} />
    </>
  );
}
