// Code that does not come, and why: the server cannot be reached, has another build by now, or keeps a part of this one back. A reload brings what
// the server has.
import { dismiss, toast, type Toast } from './toast';

/** The folder of this build's code. The server's page names that of its own build. */
const folder = new URL(/* @vite-ignore */ '.', import.meta.url).pathname;
const AGAIN_MS = 3_000;

/** Whether the server has the build that runs here. Rejects while it cannot be reached. */
export async function isCurrent(): Promise<boolean> {
  const answer = await fetch('/');
  if (!answer.ok) throw new Error(`status ${answer.status}`); // a proxy's, or of a server that stops
  return (await answer.text()).includes(folder);
}

/** Reloads the page if the server answers; else the browser would show its own error in the page's place. */
export function reload(): void {
  isCurrent().then(
    () => location.reload(),
    () => toast('The server does not answer. Try again later.', 'bad'),
  );
}

const NEW = 'There is a new version of the dashboard.';
const action = { label: 'Reload', run: reload };

/** Says that the server has another build than the one that runs here. */
export const newBuild = () => toast(NEW, 'good', action);

/**
 * Loads code, again and again while the server cannot be reached. tell hears why it has not come, and '' once it has; what comes from no server
 * of this build stays away, and the promise open.
 */
export async function arriving<T>(what: string, load: () => Promise<T>, tell: (why: string) => void): Promise<T> {
  for (let missing = false; ; missing = true) {
    try {
      const code = await load();
      if (missing) tell('');
      return code;
    } catch {
      const current = await isCurrent().catch(() => null);
      if (current !== null) {
        tell(current ? `${what} could not be loaded.` : NEW);
        return new Promise<T>(() => undefined);
      }
      tell(`The server cannot be reached. ${what} comes as soon as it answers.`);
      await new Promise((later) => setTimeout(later, AGAIN_MS));
    }
  }
}

let said: Toast | null = null;

/** Loads what stands inside of a page. */
export const part = <T>(load: () => Promise<T>): Promise<T> =>
  arriving('A part of the page', load, (why) => {
    if (said) dismiss(said);
    said = why ? toast(why, 'bad', action) : null;
  });
