// The tabbed lists of the overview: what each tab asks and says. Pure.

export interface OverviewTab {
  key: string;
  label: string;
  property: string;
  /** What is drawn. */
  metric: string;
  unit: string;
  empty: string;
  /** What to say where no visit has a value. */
  none?: string;
  /** Labels are addresses. */
  mono?: boolean;
  /** A map stands above the list. */
  map?: boolean;
  /** Further filters of this tab. */
  only?: string;
}

export interface Group {
  /** Its name in the address. */
  key: string;
  label: string;
  tabs: OverviewTab[];
}

function tab(property: string, label: string, empty: string, more: Partial<OverviewTab> = {}): OverviewTab {
  return { key: property, label, property, metric: 'visitors', unit: 'visitors', empty, ...more };
}

const untagged = 'No link with this UTM parameter was followed. Add it to the links you post.';
const nobody = 'No visit in this period yet.';

export const groups: Group[] = [
  {
    key: 'sources',
    label: 'Sources',
    tabs: [
      tab('channel', 'Channels', nobody),
      tab('source', 'Sources', nobody),
      tab('referrer', 'Referrers', nobody, { mono: true }),
      tab('utm_source', 'UTM source', nobody, { none: untagged }),
      tab('utm_medium', 'Medium', nobody, { none: untagged }),
      tab('utm_campaign', 'Campaign', nobody, { none: untagged }),
      tab('utm_term', 'Term', nobody, { none: untagged }),
      tab('utm_content', 'Content', nobody, { none: untagged }),
    ],
  },
  {
    key: 'pages',
    label: 'Pages',
    tabs: [
      tab('page', 'Top pages', nobody, { mono: true }),
      tab('entry_page', 'Entry', nobody, { mono: true }),
      tab('exit_page', 'Exit', nobody, { mono: true }),
      tab('page', '404', 'No event named 404: no page was missed, or the site does not report it.', {
        key: '404',
        metric: 'events',
        unit: 'times',
        only: 'event==404',
        mono: true,
      }),
    ],
  },
  {
    key: 'locations',
    label: 'Locations',
    tabs: [
      tab('country', 'Map', nobody, { key: 'map', map: true }),
      tab('country', 'Countries', nobody),
      tab('region', 'Regions', nobody, { none: 'No region is known: they need a city database on the server.' }),
    ],
  },
  {
    key: 'devices',
    label: 'Devices',
    tabs: [
      tab('browser', 'Browsers', nobody),
      tab('os', 'Systems', nobody),
      tab('device', 'Sizes', nobody),
      tab('browser_version', 'Browser versions', nobody),
      tab('os_version', 'System versions', nobody),
    ],
  },
];

/** The tab that an address names; the first one without. */
export function tabOf(group: Group, key: string | undefined): OverviewTab {
  return group.tabs.find((one) => one.key === key) ?? (group.tabs[0] as OverviewTab);
}
