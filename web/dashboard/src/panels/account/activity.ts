// What the activity log says of an entry, in words. Pure.

const words: Record<string, string> = {
  'auth.login': 'signed in',
  'auth.failed_login': 'A sign-in failed',
  'auth.logout': 'signed out',
  'auth.password_changed': 'changed the password',
  'auth.password_reset': 'reset the password',
  'auth.session_revoked': 'ended a session',
  'site.created': 'added the site',
  'site.updated': 'changed the settings of',
  'site.deleted': 'deleted the site',
  'site.restored': 'restored the site',
  'site.purged': 'purged the site',
  'team.member_invited': 'invited',
  'team.member_accepted': 'joined the team',
  'team.invitation_declined': 'declined the invitation',
  'team.member_removed': 'removed',
  'team.role_changed': 'changed the role of',
  'team.ownership_transferred': 'gave the site to',
  'api_key.created': 'made the API key',
  'api_key.used': 'used the API key',
  'api_key.revoked': 'revoked the API key',
  'webhook.secret_rotated': 'renewed the secret of the webhook',
  'webhook.failed': 'A message failed for the webhook',
  'webhook.disabled': 'Switched off after failures: the webhook',
  'alert.triggered': 'Fired: the alert',
  'alert.acknowledged': 'acknowledged the alert',
  'export.requested': 'exported data of',
  'settings.updated': 'changed the account',
  'account.exported': 'exported the account',
  'account.deleted': 'deleted the account',
  'heatmap.picture_uploaded': 'uploaded a heatmap picture of',
  'heatmap.picture_deleted': 'deleted a heatmap picture of',
  'share.created': 'made a share link',
  'share.revoked': 'revoked a share link',
  'import.completed': 'imported history',
  'import.deleted': 'deleted an import',
};

const verbs: Record<string, string> = { created: 'made', updated: 'changed', deleted: 'deleted' };

/** "made the goal" for goal.created; an action of a newer server keeps its own name. */
export function deed(action: string): string {
  if (Object.hasOwn(words, action)) return words[action] as string;
  const [thing = '', verb = ''] = action.split('.');
  return Object.hasOwn(verbs, verb) ? `${verbs[verb]} the ${thing}` : action;
}

/** The facts of a change, each as "name: from → to" or "name: value". */
export function changes(metadata: Record<string, unknown> | null | undefined): string[] {
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  return Object.entries(metadata ?? {}).map(([name, value]) => {
    const pair = value as { from?: unknown; to?: unknown } | null;
    const moved = typeof pair === 'object' && pair !== null && 'from' in pair && 'to' in pair;
    return moved ? `${name}: ${text(pair.from)} → ${text(pair.to)}` : `${name}: ${text(value)}`;
  });
}

export const types = ['auth', 'site', 'team', 'api_key', 'goal', 'funnel', 'alert', 'webhook', 'export', 'settings'];
