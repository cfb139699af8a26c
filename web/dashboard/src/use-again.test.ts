import { act, renderHook } from '@testing-library/preact';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { useAgain } from './use-again';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const focus = () => void act(() => dispatchEvent(new Event('focus')) as unknown as void);
const pass = (ms: number) => void act(() => void vi.advanceTimersByTime(ms));

it('rises when somebody comes back, not at every step in and out, and once a minute', () => {
  const { result, unmount } = renderHook(() => useAgain());
  focus();
  expect(result.current).toBe(0); // it has just been asked
  pass(5_000);
  focus();
  focus();
  expect(result.current).toBe(1);
  pass(55_000);
  expect(result.current).toBe(2);
  unmount();
  pass(600_000);
  expect(result.current).toBe(2);
});

it('rests while the window is hidden', () => {
  const { result, unmount } = renderHook(() => useAgain());
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
  pass(600_000);
  expect(result.current).toBe(0);
  vi.restoreAllMocks();
  act(() => void document.dispatchEvent(new Event('visibilitychange')));
  expect(result.current).toBe(1);
  unmount();
});
