import { describe, expect, it } from 'vitest';
import { closing, parseFrame } from './protocol';

describe('parseFrame', () => {
  it.each([
    '{"type":"hello","version":1,"authTimeoutMs":10000,"pingIntervalMs":25000}',
    '{"type":"ready","connectionId":"c_7d1f","userId":"user_abc123","expiresAt":"2026-01-16T16:30:20.000Z"}',
    '{"type":"subscribed","id":"s1","topic":"realtime","siteId":"site_abc123","epoch":"k3v9","seq":45,"resumed":true}',
    '{"type":"snapshot","id":"s1","epoch":"k3v9","seq":41,"data":{"activeVisitors":10}}',
    '{"type":"delta","id":"s1","seq":45,"prev":42,"op":"patch","data":{"pageBreakdown":{"/pricing":2}},"at":"2026-01-15T16:30:25.010Z"}',
    '{"type":"unsubscribed","id":"s1","reason":"site_deleted"}',
    '{"type":"pong","nonce":"1","serverTime":"2026-01-15T16:30:25.010Z"}',
    '{"type":"expiring","at":"2026-01-15T16:30:25.010Z"}',
    '{"type":"error","id":null,"code":"rate_limited","error":"Rate limit exceeded. Try again in 5 seconds.","retryAfter":5}',
    '{"type":"pong","serverTime":"2026-01-15T16:30:25.010Z","later":"field"}',
  ])('reads %s', (text) => {
    expect(parseFrame(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ['not JSON', '{'],
    ['an array', '[]'],
    ['null', 'null'],
    ['no type', '{"id":"s1"}'],
    ['a type of the future', '{"type":"weather"}'],
    ['a type that every object inherits', '{"type":"constructor"}'],
    ['a field that is missing', '{"type":"delta","id":"s1","seq":2,"op":"patch","data":{}}'],
    [
      'an op of the future',
      '{"type":"delta","id":"s1","seq":2,"prev":1,"op":"swap","data":{},"at":"2026-01-15T16:30:25.010Z"}',
    ],
    ['a field of another kind', '{"type":"snapshot","id":"s1","epoch":"a","seq":"2","data":{}}'],
  ])('refuses %s', (_, text) => {
    expect(parseFrame(text)).toBeNull();
  });

  it('refuses a binary frame', () => {
    expect(parseFrame(new ArrayBuffer(2))).toBeNull();
  });
});

describe('closing', () => {
  it.each([
    [1000, 'never'],
    [1001, 'jitter'],
    [1006, 'backoff'],
    [1009, 'never'],
    [1011, 'backoff'],
    [4000, 'never'],
    [4001, 'token'],
    [4007, 'backoff'],
    [4008, 'backoff'],
    [4009, 'minute'],
    [4029, 'minute'],
    [4999, 'backoff'],
  ] as const)('%i: %s', (code, reconnect) => {
    expect(closing(code).reconnect).toBe(reconnect);
  });
});
