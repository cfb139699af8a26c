// Every event as it comes. It waits while one points at it or looks at it with the keyboard, and on request.
import { useState } from 'preact/hooks';
import { now } from '../../clock';
import { useServices } from '../../context';
import { found } from '../../feed';
import { ago, apart, capital, country, source } from '../../format';
import type { Feed as FeedState, FeedItem } from '../../types';
import { Card } from '../Card';
import { Empty, SkeletonRows } from '../States';
import { Address } from '../Value';

const SHOWN = 8;

function Item({ item, serverNow }: { item: FeedItem; serverNow: number }) {
  const about = [apart(source(item.source)), item.browser, item.os, capital(item.device)].filter(Boolean).join(' · ');
  return (
    <li class="feed-item" data-type={item.type}>
      <span class="mark" title={country(item.country)}>
        {item.country || 'ZZ'}
      </span>
      <span class="feed-what">
        <span class="row-label mono" title={item.path}>
          {item.type === 'event' && <b class="feed-event">{apart(item.action)}</b>} <Address text={item.path} />
        </span>
        <small class="soft">{about}</small>
      </span>
      <time class="soft" dateTime={item.timestamp}>
        {ago(serverNow - Date.parse(item.timestamp))}
      </time>
    </li>
  );
}

export function Feed({ feed }: { feed: FeedState | null }) {
  const { socket } = useServices();
  const [search, setSearch] = useState('');
  const [paused, pause] = useState(false);
  const [held, hold] = useState<FeedState | null>(null);
  const stopped = paused || held !== null;
  const shown = held ?? feed;
  const waiting = held && feed ? feed.items.findIndex(({ id }) => id === held.items[0]?.id) : 0;
  const items = shown && found(shown.items, search).slice(0, SHOWN);
  const serverNow = now.value + socket.clockOffset.value;
  const rest = (wanted: boolean) => {
    if (!paused) hold(wanted ? feed : null);
  };
  const toggle = () => {
    pause(!paused);
    hold(paused ? null : feed);
  };
  return (
    <Card
      title="Live feed"
      hint="The latest pageviews and events. Point at the list to hold it."
      area="a-feed"
      actions={
        <button type="button" class="button quiet small" aria-pressed={paused} onClick={toggle}>
          {paused ? 'Go on' : 'Pause'}
        </button>
      }
    >
      <input
        type="search"
        class="feed-search"
        aria-label="Filter the feed"
        placeholder="Filter: a path, a country, an event…"
        value={search}
        onInput={(event) => setSearch(event.currentTarget.value)}
      />
      <p class="soft feed-state">
        {stopped ? `Held; ${waiting < 0 ? '50 or more' : waiting} new.` : 'Newest first.'}
        {feed && feed.skipped > 0 && ` ${feed.skipped} were left out: too many at once.`}
      </p>
      {!items && <SkeletonRows count={6} />}
      {items?.length === 0 && (
        <Empty>
          {search ? 'Nothing in the feed contains this.' : 'Nothing yet. The next event shows here at once.'}
        </Empty>
      )}
      <ol class="feed" onPointerEnter={() => rest(true)} onPointerLeave={() => rest(false)}>
        {items?.map((item) => (
          <Item key={item.id} item={item} serverNow={serverNow} />
        ))}
      </ol>
    </Card>
  );
}
