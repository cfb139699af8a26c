// Keeps the present filters under a name.
import { useServices } from '../context';
import { formatFilters } from '../filters';
import { text, useSubmit } from '../form';
import { toast } from '../toast';
import type { Site } from '../types';
import type { Looking } from '../view';
import { Dialog } from './Dialog';
import { Field, FormError, Switch } from './Field';

export interface SaveProps {
  site: Site;
  look: Looking;
  onClose: (saved: boolean) => void;
}

export function SaveSegment({ site, look, onClose }: SaveProps) {
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
