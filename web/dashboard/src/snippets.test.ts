import { expect, it } from 'vitest';
import { snippetsOf } from './snippets';

const code = '<script defer data-site="site_abc123" src="https://analytics.example.com/js/analytics.js"></script>';

it('every snippet names the site and this server', () => {
  const list = snippetsOf('site_abc123', code);
  expect(list.map(({ key }) => key)).toEqual(['html', 'next', 'vue', 'wordpress', 'gtm', 'server']);
  for (const snippet of list) {
    expect(snippet.code).toContain('site_abc123');
    expect(snippet.code).toContain('https://analytics.example.com/');
  }
  expect(list.at(-1)?.code).toContain('https://analytics.example.com/api/track');
  expect(list[0]?.code).toBe(code);
});
