// What people do that is worth an event: links, downloads, forms, and whatever the markup names.
import { config } from './config';
import { emit, type Fields } from './queue';

/** An event of the page: category, label and value are fields of it, other scalars properties. */
export const event = (
  action: unknown,
  props?: Fields,
  { category, label, value, ...properties }: Fields = { ...props },
): void => {
  // Only `object` has a j.
  for (const name in properties) if (/j/.test(typeof properties[name])) delete properties[name];
  emit({ type: 'event', action, category, label, value, properties });
};

/**
 * A click, of the middle button too: it opens links. For want of room a link in a drawing (SVG), whose address has no parts, is none, and the
 * click on a label inside of what the markup names counts twice, when the browser's own on the label's control follows it there.
 */
export const clicked = (
  { button, target }: MouseEvent & { target: Element },
  data = target.closest<HTMLElement>('[data-zta-track]')?.dataset,
  { hostname, pathname } = target.closest<HTMLAnchorElement | HTMLAreaElement>('a,area') || ('' as never),
  file = pathname?.match(/[^/]+\.(pdf|(doc|xls|ppt)x?|csv|zip|rar|7z|tar|gz|exe|dmg|mp[34]|avi|mov)$/i),
): void => {
  if (button > 1) return;
  if (data) event(data.ztaTrack, { category: data.ztaCategory, label: data.ztaLabel, value: +data.ztaValue! });
  // An address of mail may end like a file; it has no host.
  if (file && hostname && !/l/.test(config.trackDownloads))
    event('file_download', { category: 'download', label: file[0] });
  else if (!/l/.test(config.trackOutbound) && hostname && hostname != location.hostname)
    event('outbound_click', { category: 'outbound', label: hostname });
};

/** A form on its way: its name, never a value. A copy without its fields, because a field called id hides the form's own. */
export const submitted = (
  { target }: { target: HTMLFormElement },
  { id, name, action } = target.cloneNode() as HTMLFormElement,
): unknown =>
  /l/.test(config.trackForms) ||
  event('form_submit', { category: 'form', label: id || name || new URL(action).pathname });
