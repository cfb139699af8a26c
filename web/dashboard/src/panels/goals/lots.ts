// Many calls, a few at a time: a user has 100 of them a minute.
import type { ApiError } from '../../api';
import { asApiError } from '../../load';

/** Calls at once. */
export const LOT = 15;
/** Between two lots: together 60 calls a minute. */
export const PAUSE_MS = 15_000;

/** Whether the same call may succeed later. */
const passing = ({ status }: ApiError) => status === 0 || status === 429 || status >= 500;

/**
 * Asks for each id, LOT of them at once, and tells what came after each lot. Those that the server had no time for are asked for again at the end,
 * other failures are left out. Returns when all are told; no more is asked or told once wanted says no.
 */
export async function inLots<T>(
  ids: string[],
  ask: (id: string) => Promise<T>,
  tell: (values: Record<string, T>) => void,
  wanted: () => boolean,
): Promise<void> {
  const left = [...ids];
  while (left.length > 0) {
    const lot = left.splice(0, LOT);
    const answers = await Promise.allSettled(lot.map(ask));
    if (!wanted()) return;
    const came: [string, T][] = [];
    answers.forEach((answer, i) => {
      const id = lot[i] as string;
      if (answer.status === 'fulfilled') came.push([id, answer.value]);
      else if (passing(asApiError(answer.reason))) left.push(id);
    });
    tell(Object.fromEntries(came));
    if (left.length > 0) await new Promise((later) => setTimeout(later, PAUSE_MS));
    if (!wanted()) return;
  }
}
