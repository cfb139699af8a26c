import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { arriving } from './reload';

const folder = new URL('.', import.meta.url).pathname; // here it is the root
const page = (body: string, status = 200) => Promise.resolve(new Response(body, { status }));

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('says why code does not come, and brings it once the server is back', async () => {
  const server = vi.fn<() => Promise<Response>>();
  vi.stubGlobal('fetch', server);
  const load = vi.fn<() => Promise<string>>(() => Promise.reject(new Error('no such file')));
  const told: string[] = [];
  const came = arriving('This page', load, (why) => told.push(why));
  const unreachable = 'The server cannot be reached. This page comes as soon as it answers.';

  server.mockRejectedValue(new TypeError('no network'));
  await vi.advanceTimersByTimeAsync(0);
  server.mockImplementation(() => page('a proxy says', 502));
  await vi.advanceTimersByTimeAsync(3_000);
  expect(told).toEqual([unreachable, unreachable]);

  load.mockResolvedValue('the code');
  await vi.advanceTimersByTimeAsync(3_000);
  await expect(came).resolves.toBe('the code');
  expect(told).toEqual([unreachable, unreachable, '']);
});

it('tells another build from a file that is missing', async () => {
  const f = async (body: string, want: string) => {
    vi.stubGlobal('fetch', () => page(body));
    const told: string[] = [];
    const load = vi.fn(() => Promise.reject(new Error('no such file')));
    void arriving('This page', load, (why) => told.push(why));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told).toEqual([want]);
    expect(load).toHaveBeenCalledTimes(1);
  };
  await f(`<script src="${folder}dashboard.js">`, 'This page could not be loaded.');
  await f('another page', 'There is a new version of the dashboard.');
});

it('says nothing of code that comes', async () => {
  const tell = vi.fn();
  await expect(arriving('This page', () => Promise.resolve(1), tell)).resolves.toBe(1);
  expect(tell).not.toHaveBeenCalled();
});
