import { expect, it } from 'vitest';
import { hostOf, timeZones } from './domain';

it.each([
  ['example.com', 'example.com'],
  [' https://www.Example.com:8080/shop?x#y ', 'www.example.com'],
  ['user@example.com', 'example.com'],
  ['example.com.', 'example.com'],
  ['bücher.example', 'bücher.example'],
  ['', ''],
])('%j is %j', (text, host) => {
  expect(hostOf(text)).toBe(host);
});

it('offers the own zone among all', () => {
  const { all, own } = timeZones();
  expect(all).toContain(own);
  expect(all).toContain('UTC');
  expect(new Set(all).size).toBe(all.length);
});
