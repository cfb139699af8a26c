import { expect, it } from 'vitest';
import { arranged, siteQueries } from './site-list';
import type { SiteRow } from './types';

const sites = ['Beta', 'Alpha', 'Gamma'].map((name) => ({
  id: name,
  name,
  domain: `${name}.example.com`,
})) as SiteRow[];
const figures = { Beta: { live: 1, visitors: 10 }, Gamma: { live: 5, visitors: 2 } };

it('search, order, pins', () => {
  const names = (...args: [string, 'name' | 'live' | 'visitors', string[]]) =>
    arranged(sites, ...args, figures).map(({ name }) => name);
  expect(names('', 'name', [])).toEqual(['Alpha', 'Beta', 'Gamma']);
  expect(names('', 'live', [])).toEqual(['Gamma', 'Beta', 'Alpha']);
  expect(names('', 'visitors', ['Alpha'])).toEqual(['Alpha', 'Beta', 'Gamma']);
  expect(names(' GAMMA.ex', 'name', [])).toEqual(['Gamma']);
});

it('asks by the days of the site', () => {
  expect(siteQueries('Pacific/Auckland', Date.parse('2026-01-15T12:00:00Z'))[0]).toMatchObject({
    date_from: '2026-01-15',
    date_to: '2026-01-16',
  });
});
