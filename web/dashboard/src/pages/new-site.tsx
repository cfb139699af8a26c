// A new site: domain, name, time zone.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { useServices } from '../context';
import { hostOf, timeZones } from '../domain';
import { text, useSubmit } from '../form';
import { Field } from '../panels/Field';
import { sitePath } from '../route';

export default function NewSitePage() {
  const { api } = useServices();
  const { route } = useLocation();
  const zones = useMemo(timeZones, []);
  const [domain, setDomain] = useState('');
  useEffect(() => {
    document.title = 'Add a site · ztas';
  }, []);
  const { busy, error, onSubmit } = useSubmit(async (form) => {
    const name = text(form, 'name').trim();
    const site = await api.createSite({
      domain: hostOf(text(form, 'domain')),
      timezone: text(form, 'timezone'),
      ...(name ? { name } : {}),
    });
    route(sitePath(site.id, 'setup'));
  });
  return (
    <form class="card form-card" onSubmit={onSubmit}>
      <h1>Add a site</h1>
      <p class="soft">You get a line to paste into its pages. The first visitor shows a second later.</p>
      <Field label="Domain" hint="Where the site lives. Its www. variant is included.">
        {(ids) => (
          <input
            {...ids}
            name="domain"
            required
            placeholder="example.com"
            inputMode="url"
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            dir="ltr"
            onInput={(event) => setDomain(hostOf(event.currentTarget.value))}
          />
        )}
      </Field>
      <Field label="Name (optional)">
        {(ids) => (
          <input {...ids} name="name" maxLength={100} placeholder={domain || 'example.com'} autocomplete="off" />
        )}
      </Field>
      <Field label="Time zone" hint="Days and hours of every chart follow it.">
        {(ids) => (
          <select {...ids} name="timezone">
            {zones.all.map((zone) => (
              <option key={zone} value={zone} selected={zone === zones.own}>
                {zone.replaceAll('_', ' ')}
              </option>
            ))}
          </select>
        )}
      </Field>
      {error && (
        <p class="form-error" role="alert">
          {error}
        </p>
      )}
      <button type="submit" class="button wide" disabled={busy}>
        {busy ? 'One moment…' : 'Add site'}
      </button>
    </form>
  );
}
