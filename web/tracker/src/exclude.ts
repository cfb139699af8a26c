// Which pages send nothing. The rules are those of the server's excludePaths.
import { config } from './config';
import type { Fields } from './queue';

/**
 * Whether the path of an event is not excluded: `/admin` covers itself and what lies below, `/admin/` what lies below, an entry with `*`
 * must match all of the path. The path's query counts for nothing.
 */
export const allowed = ({ path }: Fields): boolean =>
  !`${[config.exclude, config.ignorePaths]}`.match(/[^\s,]+/g)?.some((entry) => {
    entry = entry.replace(/^[^*]+\/$/, '$&*');
    const pattern = entry.replace(/\W/g, (c) => (c == '*' ? '.*' : '\\' + c));
    return RegExp(`^${pattern}([?${/\*/.test(entry) ? '' : '/'}]|$)`).test(path as string);
  });
