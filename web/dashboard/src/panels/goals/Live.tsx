// Completions as they happen, newest first.
import { now } from '../../clock';
import { useServices } from '../../context';
import { ago, apart, country, source } from '../../format';
import { metricOf } from '../../metrics';
import { Card } from '../Card';
import { Empty } from '../States';
import { Address } from '../Value';
import type { Completion } from './goal';

const SHOWN = 9;

export function Live({ items }: { items: Completion[] }) {
  const { socket } = useServices();
  const clock = now.value + socket.clockOffset.value;
  return (
    <Card title="Live" hint="Completions as they happen." area="a-half">
      {items.length === 0 && <Empty>The next completion shows here within a second.</Empty>}
      <ol class="feed goal-feed">
        {items.slice(0, SHOWN).map((item) => (
          <li key={`${item.goalId} ${item.id}`} class="feed-item">
            <span class="mark" title={country(item.country)}>
              {item.country}
            </span>
            <span class="feed-what">
              <b>
                <bdi>{item.goalName}</bdi>
                {item.value > 0 && <span class="soft"> +{metricOf('value_sum').show(item.value)}</span>}
              </b>
              <small class="soft">
                <Address text={item.path} /> · {apart(source(item.source))}
              </small>
            </span>
            <time class="soft" dateTime={item.timestamp}>
              {ago(clock - Date.parse(item.timestamp))}
            </time>
          </li>
        ))}
      </ol>
    </Card>
  );
}
