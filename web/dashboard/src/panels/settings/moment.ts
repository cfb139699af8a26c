// Points in time as tables write them: day and minute in a zone. Pure.
import { zoneName } from '../../format';

/** The zone of the reader, for what belongs to no site. */
export const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** 15 Jan 2026, 11:30 in the zone; a dash for none. */
export function moment(iso: string | null | undefined, zone: string = ownZone): string {
  if (!iso) return '–';
  return new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: zone,
  }).format(Date.parse(iso));
}

/** 15 Jan 2026, 11:30, New York (UTC−5): where nothing beside it names the zone. */
export function momentIn(iso: string | null | undefined, zone: string = ownZone): string {
  return iso ? `${moment(iso, zone)}, ${zoneName(zone, Date.parse(iso))}` : moment(iso);
}

/** For a table with times. */
export function zoneNote(zone: string = ownZone): string {
  return `Times are those of ${zoneName(zone, Date.now())}.`;
}

/** 1.4 GB: bytes in powers of 1,000, as disks are sold. */
export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  const step = n < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(n) / 3));
  const value = n / 1000 ** step;
  return `${value < 10 && step > 0 ? value.toFixed(1) : Math.round(value)}\u202f${units[step]}`;
}
