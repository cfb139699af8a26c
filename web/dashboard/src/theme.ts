// Light, dark, or as the system has it; kept in this browser.
import { signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

const KEY = 'ztas.theme';
const order: Theme[] = ['system', 'light', 'dark'];

function kept(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return order.find((theme) => theme === value) ?? 'system';
  } catch {
    return 'system';
  }
}

export const theme = signal<Theme>(kept());

function apply(): void {
  const root = document.documentElement;
  if (theme.value === 'system') delete root.dataset['theme'];
  else root.dataset['theme'] = theme.value;
}

apply();

/** The one that a click on the switch leads to. */
export function nextTheme(now: Theme): Theme {
  return order[(order.indexOf(now) + 1) % order.length] ?? 'system';
}

export function switchTheme(): void {
  theme.value = nextTheme(theme.value);
  apply();
  try {
    localStorage.setItem(KEY, theme.value);
  } catch {
    // Holds for this tab then.
  }
}
