// What every figure means, in the words that hovering shows. The exact definitions are those of the metrics contract.

export const definitions = {
  visitorsNow: 'Different visitors with any activity in the last five minutes.',
  perMinute: 'Different visitors in each clock minute. One visitor may count in several minutes.',
  lastHalfHour: 'Pageviews in each of the last 30 clock minutes. The last minute is still running.',
  activePages: 'Each visitor of the last five minutes, counted once under the page they were seen on last.',
  sourcesNow: 'Where the visits of those who are here now came from.',
  countriesNow: 'The countries of those who are here now.',
  latest: 'The latest ten pageviews of the last 30 minutes.',
  uniqueVisitors:
    'Different visitors today. A visitor is known for one day at most and cannot be followed to the next.',
  sessions: 'Visits that started today. A visit ends after 30 minutes without activity.',
  pageviews: 'Pages that were shown today, reloads included.',
  bounceRate: 'Share of visits with one pageview, no event and no sign of engagement.',
  avgSessionDuration: 'Mean time from the first to the last activity of a visit; bounces count with theirs.',
  avgTimeOnPage: 'Mean time a page was visible and focused.',
  hourly: 'By hour of the site’s clock. The hatched bar is the hour that is still running.',
  topPages: 'Pageviews by page, today.',
  sources: 'Visits by the site that linked here, today. Direct: no referrer was sent.',
  channels: 'Share of visits by kind of source, today.',
  countries: 'Visits by the country of their first event, today.',
  devices: 'Share of visits by device class, today.',
  browsers: 'Share of visits by browser, today.',
  systems: 'Share of visits by operating system, today.',
  filtered: 'Hits that were ignored today and are in no other number here.',
} as const;

export type Term = keyof typeof definitions;
