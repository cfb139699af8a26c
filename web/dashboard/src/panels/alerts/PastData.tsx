// What a rule would have done in the last 30 days.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { useServices } from '../../context';
import { clock, plural } from '../../format';
import { todayIn } from '../../period';
import type { Site } from '../../types';
import { useReport } from '../../use-report';
import { Chart } from '../Chart';
import { Failure } from '../States';
import { chartOf, ruleBody, type Preview, type Rule } from './alert';

const TYPING_MS = 500;
const TOLD = 4;

function useSettled(key: string): string {
  const [settled, settle] = useState(key);
  useEffect(() => {
    const timer = setTimeout(() => settle(key), TYPING_MS);
    return () => clearTimeout(timer);
  }, [key]);
  return settled;
}

export function PastData({ site, rule }: { site: Site; rule: Rule }) {
  const { api } = useServices();
  const key = useSettled(rule.verb === 'a' || rule.number !== '' ? JSON.stringify(ruleBody(rule)) : '');
  const { data, stale, error, retry } = useReport(key, 0, () =>
    api.post<Preview>('/api/alerts/preview', { siteId: site.id, ...(JSON.parse(key) as object) }),
  );
  const label = (at: string) => {
    const ms = Date.parse(at);
    const [, month, day] = todayIn(site.timezone, ms).split('-');
    return `${day}/${month} ${clock(ms, site.timezone).slice(0, 5)}`;
  };
  const model = useMemo(() => data && chartOf(data, rule.metric, label), [data]);
  const times = data ? [...data.firings].reverse() : [];
  return (
    <div class="past" aria-live="polite">
      <h3>In the last 30 days</h3>
      {error && <Failure error={error} retry={retry} />}
      {data && (
        <p class="soft" data-stale={stale}>
          {times.length === 0 ? 'It would not have fired.' : `It would have fired ${plural(times.length, 'time')}: `}
          {times
            .slice(0, TOLD)
            .map(({ at }) => label(at))
            .join(', ')}
          {times.length > TOLD && ' …'}
        </p>
      )}
      {!data && !error && <p class="soft">Being judged…</p>}
      <div data-stale={stale}>
        {model ? <Chart model={model} caption="The metric, hour by hour" /> : <div class="chart" />}
      </div>
    </div>
  );
}
