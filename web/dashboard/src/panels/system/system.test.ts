import { expect, test } from 'vitest';
import type { System } from '../../openapi';
import { factsOf } from './Health';

const at = Date.parse('2026-01-15T16:30:00.000Z');
const system: System = {
  version: '1.0.0',
  uptime: 86_400,
  ingest: { eventsPerSecond: 31.54, lagMs: 2, queued: 7 },
  log: { bytes: 1_500_000, events: 12_000 },
  store: { bytes: 900 },
  disk: { freeBytes: 5e9, totalBytes: 100e9 },
  memory: { bytes: 80e6, limit: null },
  geo: { source: 'built-in', date: '2025-09-15' },
  backup: { lastAt: null, bytes: 0 },
  accounts: 1,
  sites: 2,
  sockets: 3,
};

const fact = (of: System, name: string) => factsOf(of, at).find((one) => one.name === name);

test('what may run out or is old is told', () => {
  expect(fact(system, 'Disk free')).toMatchObject({ tone: 'bad', note: expect.stringContaining('make room') });
  expect(fact(system, 'Geo data')).toMatchObject({ tone: 'warn', value: '122 d old' });
  expect(fact(system, 'Last backup')).toMatchObject({ tone: 'warn', value: 'never' });
  expect(fact(system, 'Memory')?.note).toBe('no limit set');
  expect(fact(system, 'Events')).toMatchObject({ value: '31.5 / s', note: '7 queued' });
});

test('what is well has no tone', () => {
  const well = {
    ...system,
    disk: { freeBytes: 50e9, totalBytes: 100e9 },
    geo: { source: 'built-in', date: '2026-01-01' },
    backup: { lastAt: '2026-01-15T14:30:00.000Z', bytes: 4_000_000 },
  };
  expect(factsOf(well, at).filter(({ tone }) => tone)).toEqual([]);
  expect(fact(well, 'Last backup')?.note.replace('\u202f', ' ')).toBe('4.0 MB');
});
