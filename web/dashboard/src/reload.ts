// Code that does not come: after an update of the server the rest of this page's build is gone. A reload brings the new one.
import { toast } from './toast';

/** Reloads the page if the server answers; else the browser would show its own error in the page's place. */
export function reload(): void {
  fetch('/', { method: 'HEAD' }).then(
    () => location.reload(),
    () => toast('The server does not answer. Try again later.', 'bad'),
  );
}

const action = { label: 'Reload', run: reload };

/** Says that something stays away, where it would have stood inside a page. */
export const partMissing = (): void =>
  toast('A part of the page could not be loaded. The server may have been updated.', 'bad', action);

/** Says that the server has another build than the one that runs here. */
export const newBuild = (): void => toast('There is a new version of the dashboard.', 'good', action);
