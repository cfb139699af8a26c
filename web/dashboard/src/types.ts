// The names that the dashboard has for the shapes of REST answers and of snapshots of live topics. What the API's document describes is made
// of it (`npm run api-types`); only what the dashboard reads is demanded.
import type * as api from './openapi';

/** A person with an account. */
export type User = Pick<api.User, 'id' | 'email' | 'name'>;

/** What register, login and refresh answer. Times are RFC 3339. */
export type AuthResult = Omit<api.AuthResult, 'user'> & { user: User };

export type Setup = api.Setup;

/** A list with what stands beside it. */
export interface Page<T> {
  data: T[];
  pagination?: api.Pagination;
  meta?: Record<string, unknown>;
}

export type Role = api.Role;

/** A row of GET /api/sites; stats are those of 30 days. */
export type SiteRow = Pick<api.SiteListed, 'id' | 'domain' | 'name' | 'timezone' | 'public' | 'role' | 'stats'>;

/** The settings of a site, as sites.md lists them. */
export type SiteSettings = api.SiteSettings;

/** GET /api/sites/:id and POST /api/sites; the latter has no stats, owner and counts. */
export type Site = Pick<
  api.Site,
  'id' | 'domain' | 'name' | 'timezone' | 'public' | 'role' | 'settings' | 'trackingCode' | 'createdAt' | 'zoneProgress'
> & {
  stats?: Pick<api.SiteDetailStats, 'lastPageview'>;
  owner?: api.Person;
};

/** Topic realtime with detail. */
export type Realtime = api.Realtime;

/** One bucket of a time series; date is a day or the RFC 3339 start of an hour with the zone's offset. */
export type Bucket = api.StatsBucket;

export type NamedShare = api.NameRow;

/** Topic stats. Percentages are 0–100, durations are seconds. */
export type Stats = api.Stats;

/** An item of topic feed. */
export interface FeedItem {
  id: string;
  type: 'pageview' | 'event';
  path: string;
  action: string;
  source: string;
  country: string;
  device: string;
  browser: string;
  os: string;
  timestamp: string;
  receivedAt: string;
}

export interface Feed {
  items: FeedItem[];
  skipped: number;
}

export type Annotation = Omit<api.Annotation, 'createdAt' | 'updatedAt'>;

export type Segment = Omit<api.Segment, 'createdAt' | 'updatedAt'>;

/** What was heard of a site lately: GET /api/sites/:id/diagnostics. */
export type Diagnostics = api.Diagnostics;

/** GET /api/journeys. */
export interface Journeys {
  sessions: number;
  nodes: { step: number; path: string; sessions: number }[];
  links: { step: number; from: string; to: string; sessions: number }[];
}
