// Which pages send nothing. The rules are those of the server's excludePaths.

/**
 * Whether one of the lists' entries covers a path: `/admin` covers itself and what lies below, `/admin/` what lies below, one with `*` must
 * match all of it. The path's query counts for nothing.
 */
export const excluded = (lists: unknown, path: unknown): boolean =>
  `${lists}`.split(/[\s,]+/).some((entry) => {
    const glob = entry.replace(/(.)\/$/, '$&*');
    const end = glob.includes('*') ? '(\\?|$)' : '([/?]|$)';
    return glob && RegExp(`^${glob.replace(/[^\w*]/g, '\\$&').replace(/\*/g, '.*')}${end}`).test(path as string);
  });
