// @vitest-environment happy-dom
import { createElement, render } from 'preact';
import { act } from 'preact/test-utils';
import { beforeEach, expect, test } from 'vitest';
import { config, flush, load, optOut, track, trackPageview } from './index';
import { Analytics } from './next';
import { analytics } from './vue';

const options = { server: 'https://stats.example.net', site: 'site_abc123' };
const script = () => document.head.querySelector('script');

beforeEach(() => {
  document.head.innerHTML = '';
  delete window.zta;
});

test('the script element has what was asked for', () => {
  load({ ...options, hash: true, exclude: ['/a', '/b'], heatmaps: ['click', 'move'], heartbeat: 0, nonce: 'n' });
  load({ ...options, site: 'site_other' });
  expect(document.querySelectorAll('script')).toHaveLength(1);
  expect(script()!.src).toBe('https://stats.example.net/js/analytics.js');
  expect({ ...script()!.dataset }).toEqual({
    site: 'site_abc123',
    hash: 'true',
    exclude: '/a,/b',
    heatmaps: 'click,move',
    heartbeat: '0',
  });
  expect(script()!.nonce).toBe('n');
});

test('calls wait for the script', async () => {
  track('signup', { plan: 'pro' });
  trackPageview();
  config({ debug: true });
  optOut();
  await flush();
  expect(window.zta!.q).toEqual([
    ['event', 'signup', { plan: 'pro' }],
    ['pageview', undefined],
    ['config', { debug: true }],
    ['optOut'],
    ['flush'],
  ]);
});

test('a component loads it', async () => {
  await act(() => render(createElement(Analytics, options), document.body));
  expect(script()!.dataset.site).toBe('site_abc123');
});

test('a plugin loads it', () => {
  const app = { config: { globalProperties: {} as Record<string, unknown> } };
  analytics.install(app, options);
  expect(script()!.dataset.site).toBe('site_abc123');
  expect(app.config.globalProperties.$zta).toHaveProperty('track');
});
