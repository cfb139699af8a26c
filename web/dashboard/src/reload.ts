// Code of the page that does not come: after an update of the server its files no longer fit those that run. A reload brings the new ones.
import { toast } from './toast';

export const reload = (): void => location.reload();

/** Says that something stays away, where it would have stood inside a page. */
export function partMissing(): void {
  toast('A part of the page could not be loaded. The server may have been updated.', 'bad', {
    label: 'Reload',
    run: reload,
  });
}
