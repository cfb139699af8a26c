// Where alerts go besides mail and webhooks: Slack.
import { text } from '../../form';
import type { SitePageProps } from '../../page';
import { sitePath } from '../../route';
import { Card } from '../Card';
import { Field } from '../Field';
import { SiteForm } from './SiteForm';

export function Notifications({ site, reload }: SitePageProps) {
  return (
    <Card title="Slack">
      <p class="soft card-text">
        Alerts with the channel Slack are posted there; <a href={sitePath(site.id, 'alerts')}>Alerts</a> sends a test.
      </p>
      <SiteForm
        site={site}
        reload={reload}
        change={(form) => {
          const url = text(form, 'slack').trim();
          return { settings: { slackWebhookUrl: url === '' ? null : url } };
        }}
      >
        <Field label="Incoming webhook URL" hint="Members and viewers see only that there is one. Empty: none.">
          {(ids) => (
            <input
              {...ids}
              name="slack"
              type="url"
              maxLength={2048}
              defaultValue={site.settings.slackWebhookUrl ?? ''}
              autocomplete="off"
            />
          )}
        </Field>
      </SiteForm>
    </Card>
  );
}
