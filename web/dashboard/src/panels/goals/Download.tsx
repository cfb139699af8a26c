// A table as a CSV file, made of what is on view; from member up, as every export.
import { csv, save } from '../../csv';
import { can } from '../../roles';
import type { Site } from '../../types';
import type { Looking } from '../../view';

interface Props {
  site: Site;
  look: Looking;
  /** Part of the file's name, e.g. "goals". */
  name: string;
  header: string[];
  rows: () => (string | number)[][];
}

export function Download({ site, look, name, header, rows }: Props) {
  if (!can(site.role, 'member')) return null;
  const file = `${site.domain}-${name}-${look.days.to}.csv`;
  return (
    <button
      type="button"
      class="button quiet small"
      aria-label={`CSV: ${name}`}
      onClick={() => save(file, 'text/csv;charset=utf-8', csv(header, rows()))}
    >
      CSV
    </button>
  );
}
