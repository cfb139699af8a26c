import { expect, it } from 'vitest';
import { nextTheme, switchTheme, theme } from './theme';

it('goes round', () => {
  expect([nextTheme('system'), nextTheme('light'), nextTheme('dark')]).toEqual(['light', 'dark', 'system']);
});

it('is kept and shows on the page', () => {
  switchTheme();
  expect([theme.value, document.documentElement.dataset['theme'], localStorage.getItem('ztas.theme')]).toEqual([
    'light',
    'light',
    'light',
  ]);
  switchTheme();
  switchTheme();
  expect(document.documentElement.dataset['theme']).toBeUndefined();
});
