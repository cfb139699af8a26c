// Name and time zone of the site; its domain stays. And how long its history is kept.
import { useMemo } from 'preact/hooks';
import { text } from '../../form';
import type { SitePageProps } from '../../page';
import { sitePath } from '../../route';
import { timeZones } from '../../domain';
import { Card } from '../Card';
import { Field } from '../Field';
import { momentIn } from './moment';
import { SiteForm } from './SiteForm';

export function General({ site, reload }: SitePageProps) {
  const zones = useMemo(() => [...new Set([site.timezone, ...timeZones().all])].sort(), [site.timezone]);
  return (
    <Card title="General">
      <dl class="facts">
        <dt>Domain</dt>
        <dd>
          <bdi>{site.domain}</bdi>
        </dd>
        <dt>Site ID</dt>
        <dd>
          <code>{site.id}</code>
        </dd>
        <dt>Added</dt>
        <dd>{momentIn(site.createdAt, site.timezone)}</dd>
        {site.owner && (
          <>
            <dt>Owner</dt>
            <dd>
              <bdi>{site.owner.name ?? site.owner.email}</bdi>
            </dd>
          </>
        )}
        <dt>Snippet</dt>
        <dd>
          <a href={sitePath(site.id, 'setup')}>Show it</a>
        </dd>
      </dl>
      <SiteForm
        site={site}
        reload={reload}
        change={(form) => ({ name: text(form, 'name'), timezone: text(form, 'timezone') })}
      >
        <Field label="Name">
          {(ids) => <input {...ids} name="name" required maxLength={100} defaultValue={site.name} autocomplete="off" />}
        </Field>
        <Field label="Time zone" hint="Days and hours follow it. A new one moves the days of the whole history.">
          {(ids) => (
            <select {...ids} name="timezone">
              {zones.map((zone) => (
                <option key={zone} value={zone} selected={zone === site.timezone}>
                  {zone.replaceAll('_', ' ')}
                </option>
              ))}
            </select>
          )}
        </Field>
      </SiteForm>
    </Card>
  );
}

export function Retention({ site, reload }: SitePageProps) {
  return (
    <Card title="Retention">
      <p class="soft card-text">
        A day is deleted, its numbers with it, once it is older than this; checked daily. Imported history lives as long
        from its import.
      </p>
      <SiteForm
        site={site}
        reload={reload}
        change={(form) => ({ settings: { dataRetention: Number(text(form, 'dataRetention')) } })}
      >
        <Field label="Days that are kept" hint="30 to 3,650. A smaller number deletes what is older, for good.">
          {(ids) => (
            <input
              {...ids}
              name="dataRetention"
              type="number"
              required
              min={30}
              max={3650}
              defaultValue={String(site.settings.dataRetention)}
            />
          )}
        </Field>
      </SiteForm>
    </Card>
  );
}
