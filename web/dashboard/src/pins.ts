// Sites that stand first, kept in this browser.
import { signal } from '@preact/signals';

const KEY = 'ztas.pins';

function kept(): string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(value) ? value.filter((id) => typeof id === 'string') : [];
  } catch {
    return [];
  }
}

/** The ids of the pinned sites. */
export const pins = signal<string[]>(kept());

export function togglePin(siteId: string): void {
  pins.value = pins.value.includes(siteId) ? pins.value.filter((id) => id !== siteId) : [...pins.value, siteId];
  try {
    localStorage.setItem(KEY, JSON.stringify(pins.value));
  } catch {
    // Holds for this visit then.
  }
}
