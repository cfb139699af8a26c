// Saved filters: take one, keep the present ones.
import { useState } from 'preact/hooks';
import { useServices } from '../context';
import { formatFilters, parseFilters } from '../filters';
import { text, useSubmit } from '../form';
import { useLoad } from '../load';
import { can } from '../roles';
import { toast } from '../toast';
import type { Segment, Site } from '../types';
import type { Looking } from '../view';
import { Dialog } from './Dialog';
import { Field, FormError, Switch } from './Field';
import { Menu } from './Menu';

function SaveDialog({ site, look, onClose }: { site: Site; look: Looking; onClose: (saved: boolean) => void }) {
  const { api } = useServices();
  const { busy, error, onSubmit } = useSubmit(async (form) => {
    const name = text(form, 'name').trim();
    const filters = formatFilters(look.view.filters);
    await api.post('/api/segments', { siteId: site.id, name, filters, shared: form.has('shared') });
    toast(`Saved as ${name}.`);
    onClose(true);
  });
  return (
    <Dialog title="Save as a segment" onClose={() => onClose(false)}>
      <form onSubmit={onSubmit}>
        <Field label="Name">
          {(ids) => <input {...ids} name="name" required maxLength={100} autocomplete="off" />}
        </Field>
        <Switch label="For everybody who reads this site" name="shared" checked={false} />
        <FormError error={error} />
        <button type="submit" class="button wide" disabled={busy}>
          Save
        </button>
      </form>
    </Dialog>
  );
}

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
        <SaveDialog
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
