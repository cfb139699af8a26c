// Who may do what on a site, and in which words a refusal is put. Pure.
import type { Role } from './types';

const order: Role[] = ['viewer', 'member', 'admin', 'owner'];

/** Whether a role has the rights of another one. */
export function can(role: Role, needed: Role): boolean {
  return order.indexOf(role) >= order.indexOf(needed);
}

/** Who can give the rights of a role: admins invite members and viewers, the owner makes admins. */
export function granter(needed: Role): string {
  return needed === 'admin' || needed === 'owner' ? 'the owner' : 'an admin or the owner';
}
