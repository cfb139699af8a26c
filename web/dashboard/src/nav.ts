// The navigation of a site. Pure.
import type { SitePageName } from './route';

export interface NavItem {
  name: SitePageName;
  label: string;
  /** The bar of the view above the page: period and filters, with or without comparison. */
  bar: 'none' | 'range' | 'compare';
}

export const navigation: NavItem[] = [
  { name: 'overview', label: 'Overview', bar: 'compare' },
  { name: 'realtime', label: 'Realtime', bar: 'none' },
  { name: 'pages', label: 'Pages', bar: 'compare' },
  { name: 'events', label: 'Events', bar: 'compare' },
  { name: 'goals', label: 'Goals', bar: 'range' },
  { name: 'funnels', label: 'Funnels', bar: 'range' },
  { name: 'journeys', label: 'Journeys', bar: 'range' },
  { name: 'heatmaps', label: 'Heatmaps', bar: 'range' },
  { name: 'alerts', label: 'Alerts', bar: 'none' },
  { name: 'settings', label: 'Settings', bar: 'none' },
];

export function navItem(name: SitePageName): NavItem {
  return navigation.find((item) => item.name === name) ?? { name, label: 'Setup', bar: 'none' };
}
