// What people do that is worth an event: links, downloads, forms, and whatever the markup names.
import { config } from './config';
import { emit } from './page';
import type { Fields } from './queue';

/** An event of the page: category, label and value are fields of it, other scalars properties. */
export const event = (action: unknown, props?: Fields): void => {
  const { category, label, value, ...properties } = { ...props };
  for (const name in properties) if (typeof properties[name] == 'object') delete properties[name];
  emit({ type: 'event', action, category, label, value, properties });
};

/** A click, of the middle button too: it opens links. */
export const clicked = ({ button, target }: MouseEvent & { target: Element }): void => {
  if (button > 1) return;
  const data = target.closest<HTMLElement>('[data-zta-track]')?.dataset;
  if (data) event(data.ztaTrack, { category: data.ztaCategory, label: data.ztaLabel, value: +data.ztaValue! });
  const { hostname, pathname } = target.closest<HTMLAnchorElement>('a[href]') || ({} as HTMLAnchorElement);
  const file = /[^/]+\.(pdf|(doc|xls|ppt)x?|csv|zip|rar|7z|tar|gz|exe|dmg|mp[34]|avi|mov)$/i.exec(pathname);
  if (file && config.trackDownloads != 'false') event('file_download', { category: 'download', label: file[0] });
  else if (config.trackOutbound != 'false' && hostname && hostname != location.hostname)
    event('outbound_click', { category: 'outbound', label: hostname });
};

/** A form on its way: its name, never a value. Attributes, because a field called id hides the form's own. */
export const submitted = ({ target }: { target: Element }): void => {
  const { id, name, action } = target.attributes as NamedNodeMap & Record<string, Attr | undefined>;
  if (config.trackForms != 'false')
    event('form_submit', {
      category: 'form',
      label: id?.value || name?.value || new URL(action?.value || '', location as never).pathname,
    });
};
