// A form that changes the site: sends its fields, says so, asks for the site anew.
import type { ComponentChildren } from 'preact';
import { useServices } from '../../context';
import { useSubmit } from '../../form';
import type { SitePageProps } from '../../page';
import { toast } from '../../toast';
import type { SiteSettings } from '../../types';
import { FormError } from '../Field';

export interface SiteChange {
  name?: string;
  timezone?: string;
  public?: boolean;
  settings?: Partial<SiteSettings>;
}

interface Props extends Pick<SitePageProps, 'site' | 'reload'> {
  change: (form: FormData) => SiteChange;
  children: ComponentChildren;
}

export function SiteForm({ site, reload, change, children }: Props) {
  const { api } = useServices();
  const { busy, error, onSubmit } = useSubmit(async (form) => {
    await api.patch(`/api/sites/${site.id}`, change(form));
    toast('Saved.');
    reload();
  });
  return (
    <form onSubmit={onSubmit}>
      {children}
      <FormError error={error} />
      <button type="submit" class="button" disabled={busy}>
        Save
      </button>
    </form>
  );
}
