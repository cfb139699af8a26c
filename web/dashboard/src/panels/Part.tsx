// A breakdown that asks for itself, for pages whose subject is one thing.
import { TOP } from '../breakdown';
import type { Site } from '../types';
import { useQueries } from '../use-query';
import { bothFilters, type Looking } from '../view';
import { Breakdown } from './Breakdown';
import { Card } from './Card';
import { Failure } from './States';

interface Props {
  site: Site;
  look: Looking;
  title: string;
  hint: string;
  property: string;
  metric: string;
  unit: string;
  only: string;
  empty: string;
}

export function Part({ title, hint, unit, ...props }: Props) {
  const { site, look, property, metric, only } = props;
  const compare = look.view.compare ? { compare: 'previous_period' as const } : {};
  const asked = useQueries(site.id, [
    { id: 'part', property, metrics: [metric], limit: TOP, ...bothFilters(look, only), ...compare },
  ]);
  return (
    <Card title={title} hint={hint} area="a-half" unit={unit}>
      {asked.error && !asked.answers && <Failure error={asked.error} retry={asked.retry} />}
      <Breakdown {...props} answer={asked.answers?.['part']} stale={asked.stale} retry={asked.retry} />
    </Card>
  );
}
