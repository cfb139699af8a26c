// What is not counted, and from where events are taken.
import { text } from '../../form';
import type { SitePageProps } from '../../page';
import { Card } from '../Card';
import { Field, Switch } from '../Field';
import { entries, used } from './lines';
import { SiteForm } from './SiteForm';

interface ListProps {
  label: string;
  name: string;
  hint: string;
  values: readonly string[];
  placeholder: string;
}

function ListField({ label, name, hint, values, placeholder }: ListProps) {
  return (
    <Field label={label} hint={hint}>
      {(ids) => (
        <textarea
          {...ids}
          name={name}
          rows={4}
          spellcheck={false}
          dir="ltr"
          placeholder={placeholder}
          defaultValue={values.join('\n')}
        />
      )}
    </Field>
  );
}

export function Exclusions({ site, reload }: SitePageProps) {
  const { settings } = site;
  const list = (form: FormData, name: string) => entries(text(form, name));
  return (
    <Card title="Exclusions">
      <SiteForm
        site={site}
        reload={reload}
        change={(form) => ({
          settings: {
            filterBots: form.has('filterBots'),
            excludePaths: list(form, 'excludePaths'),
            allowedDomains: list(form, 'allowedDomains'),
            ignoreParams: list(form, 'ignoreParams'),
            aliases: list(form, 'aliases'),
          },
        })}
      >
        <Switch
          label="Leave bots out"
          hint="How many were left out, and why, stands under Overview, Bots."
          name="filterBots"
          checked={settings.filterBots}
        />
        <ListField
          label="Paths that are not counted"
          name="excludePaths"
          hint={`${used(settings.excludePaths, 100)} * stands for anything.`}
          values={settings.excludePaths}
          placeholder="/admin/*"
        />
        <ListField
          label="Further domains that may send"
          name="allowedDomains"
          hint={`${used(settings.allowedDomains, 20)} ${site.domain} may send anyway.`}
          values={settings.allowedDomains}
          placeholder="*.example.net"
        />
        <ListField
          label="Query parameters that are dropped"
          name="ignoreParams"
          hint={`${used(settings.ignoreParams, 50)} They matter where the query is kept.`}
          values={settings.ignoreParams}
          placeholder="sessionid"
        />
        <ListField
          label="IDs of other products’ trackers"
          name="aliases"
          hint={`${used(settings.aliases, 10)} Their events are taken for this site.`}
          values={settings.aliases}
          placeholder="example.com"
        />
      </SiteForm>
      <p class="soft card-text">
        To leave yourself out, open your site, then the console of the browser, and run <code>zta('optOut')</code>; this
        browser is not counted from then on.
      </p>
    </Card>
  );
}
