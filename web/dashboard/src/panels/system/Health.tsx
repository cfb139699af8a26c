// How the server does: what comes in, what lies on the disk, how old the geo data and the last backup are.
import { now } from '../../clock';
import { ago, count, duration, plural } from '../../format';
import type { System } from '../../openapi';
import { bytes, momentIn } from '../settings/moment';

interface Fact {
  name: string;
  value: string;
  note: string;
  tone?: 'warn' | 'bad';
}

/** Of the disk, in percent, below which it is said. */
const LOW_PERCENT = 10;
const STALE_DAYS = 90;
const DAY_MS = 86_400_000;

function diskFact({ disk }: System): Fact {
  const percent = disk.totalBytes > 0 ? (100 * disk.freeBytes) / disk.totalBytes : 100;
  return {
    name: 'Disk free',
    value: bytes(disk.freeBytes),
    note: `of ${bytes(disk.totalBytes)}${percent < LOW_PERCENT ? ': make room' : ''}`,
    ...(percent < LOW_PERCENT ? { tone: 'bad' as const } : {}),
  };
}

function geoFact({ geo }: System, at: number): Fact {
  const days = geo.date ? Math.floor((at - Date.parse(geo.date)) / DAY_MS) : null;
  const old = days !== null && days > STALE_DAYS;
  return {
    name: 'Geo data',
    value: days === null ? 'none' : `${count(Math.max(0, days))} d old`,
    note: `${geo.source}${geo.date ? `, ${geo.date}` : ''}`,
    ...(old ? { tone: 'warn' as const } : {}),
  };
}

function backupFact({ backup }: System, at: number): Fact {
  if (!backup.lastAt) return { name: 'Last backup', value: 'never', note: 'ztas backup makes one', tone: 'warn' };
  return { name: 'Last backup', value: ago(at - Date.parse(backup.lastAt)), note: bytes(backup.bytes) };
}

/** The facts in the order of their urgency: what comes in, where it goes, what may run out. Pure. */
export function factsOf(system: System, at: number): Fact[] {
  const { ingest, log, store, memory } = system;
  return [
    { name: 'Events', value: `${ingest.eventsPerSecond.toFixed(1)} / s`, note: `${count(ingest.queued)} queued` },
    { name: 'Ingest lag', value: `${count(ingest.lagMs)} ms`, note: 'from arrival to stored' },
    { name: 'Log to replay', value: bytes(log.bytes), note: `${plural(log.events, 'event')} that a restart reads` },
    { name: 'Store', value: bytes(store.bytes), note: 'snapshots, rollups, metadata' },
    diskFact(system),
    { name: 'Memory', value: bytes(memory.bytes), note: memory.limit ? `of ${bytes(memory.limit)}` : 'no limit set' },
    geoFact(system, at),
    backupFact(system, at),
    { name: 'Live sockets', value: count(system.sockets), note: 'open dashboards and programs' },
    { name: 'Accounts', value: count(system.accounts), note: plural(system.sites, 'site') },
    { name: 'Version', value: system.version, note: `up ${duration(system.uptime)}` },
  ];
}

export function Health({ system, at }: { system: System; at: number }) {
  return (
    <>
      <dl class="system-facts">
        {factsOf(system, at).map(({ name, value, note, tone }) => (
          <div key={name} class="card padded system-fact">
            <dt>{name}</dt>
            <dd>
              <strong data-tone={tone}>{value}</strong>
              <span class="soft">{note}</span>
            </dd>
          </div>
        ))}
      </dl>
      <p class="soft fresh-note">
        Asked {ago(now.value - at)}: {momentIn(new Date(at).toISOString())}. Renewed every 10 seconds.
      </p>
    </>
  );
}
