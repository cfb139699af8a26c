// Saved filters: take one, keep the present ones.
import { useState } from 'preact/hooks';
import { useServices } from '../context';
import { formatFilters, parseFilters } from '../filters';
import { useLoad } from '../load';
import { can } from '../roles';
import { toast } from '../toast';
import type { Segment, Site } from '../types';
import type { Looking } from '../view';
import { lazily } from './lazily';
import { Menu } from './Menu';
import type { SaveProps } from './SaveSegment';

const SaveSegment = lazily<SaveProps>(() => import('./SaveSegment').then((file) => file.SaveSegment));

export function Segments({ site, look }: { site: Site; look: Looking }) {
  const { api, session } = useServices();
  const [round, setRound] = useState(0);
  const [saving, setSaving] = useState(false);
  const segments = useLoad(`${site.id} ${round}`, () => api.get<Segment[]>('/api/segments', { siteId: site.id }));
  const list = segments.kind === 'done' ? segments.data : [];
  const mine = session.current.value?.user.id;
  const remove = async (segment: Segment) => {
    await api.erase(`/api/segments/${segment.id}`).then(
      () => toast(`${segment.name} was deleted.`),
      (error: Error) => toast(error.message, 'bad'),
    );
    setRound((n) => n + 1);
  };
  return (
    <>
      <Menu label="Segments" face={<span class="face">Segments ▾</span>} align="start">
        {list.length === 0 && <p class="menu-note">Filters that you save stand here.</p>}
        {list.map((segment) => (
          <a key={segment.id} class="menu-item" href={look.href({ filters: parseFilters(segment.filters) })}>
            <bdi>{segment.name}</bdi>
            <small>{segment.shared ? 'for everybody' : 'yours alone'}</small>
          </a>
        ))}
        {can(site.role, 'member') && look.view.filters.length > 0 && (
          <button type="button" class="menu-item" onClick={() => setSaving(true)}>
            Save these filters…
          </button>
        )}
        {list
          .filter((segment) => segment.createdBy === mine && segment.filters === formatFilters(look.view.filters))
          .map((segment) => (
            <button key={segment.id} type="button" class="menu-item" onClick={() => void remove(segment)}>
              Delete {segment.name}
            </button>
          ))}
      </Menu>
      {saving && (
        <SaveSegment
          site={site}
          look={look}
          onClose={(saved) => {
            setSaving(false);
            if (saved) setRound((n) => n + 1);
          }}
        />
      )}
    </>
  );
}
