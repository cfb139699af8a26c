import { expect, it } from 'vitest';
import { can, granter } from './roles';

it('a role includes those below it', () => {
  expect([can('owner', 'admin'), can('admin', 'admin'), can('member', 'admin'), can('viewer', 'member')]).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect([granter('member'), granter('admin')]).toEqual(['an admin or the owner', 'the owner']);
});
