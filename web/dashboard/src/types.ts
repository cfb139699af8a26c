// The shapes of the REST answers and of the snapshots of live topics, as the contract names them. Only what the dashboard reads.

/** A person with an account. */
export interface User {
  id: string;
  email: string;
  name: string | null;
}

/** What register, login and refresh answer. Times are RFC 3339. */
export interface AuthResult {
  token: string;
  expiresAt: string;
  refreshToken: string;
  refreshExpiresAt: string;
  user: User;
}

export interface Setup {
  needsSetup: boolean;
  registrationEnabled: boolean;
}

/** A list with what stands beside it. */
export interface Page<T> {
  data: T[];
  pagination?: { total: number; limit: number; offset: number; hasMore: boolean };
  meta?: Record<string, unknown>;
}

export type Role = 'owner' | 'admin' | 'member' | 'viewer';

/** A row of GET /api/sites; stats are those of 30 days. */
export interface SiteRow {
  id: string;
  domain: string;
  name: string;
  timezone: string;
  public: boolean;
  role: Role;
  stats: { pageviews: number; visitors: number; lastPageview: string | null };
}

/** The settings of a site, as sites.md lists them. */
export interface SiteSettings {
  excludePaths: string[];
  allowedDomains: string[];
  keepQuery: boolean;
  ignoreParams: string[];
  filterBots: boolean;
  honorGpc: boolean;
  honorDnt: boolean;
  aliases: string[];
  heatmaps: boolean;
  dataRetention: number;
  slackWebhookUrl: string | null;
}

/** GET /api/sites/:id and POST /api/sites; the latter has no stats, owner and counts. */
export interface Site {
  id: string;
  domain: string;
  name: string;
  timezone: string;
  public: boolean;
  role: Role;
  settings: SiteSettings;
  trackingCode: string;
  createdAt: string;
  /** 0–1 while stored events move to a new time zone. */
  zoneProgress?: number | null;
  stats?: { lastPageview: string | null };
  owner?: User;
}

/** Topic realtime with detail. */
export interface Realtime {
  activeVisitors: number;
  pageviewsLast5Min: number;
  pageBreakdown: Record<string, number>;
  recentPageviews: { page: string; timestamp: string; country: string }[];
  visitorsPerMinute: { minute: string; visitors: number }[];
  sourceBreakdown?: Record<string, number>;
  countryBreakdown?: Record<string, number>;
  pageviewsPerMinute?: { minute: string; pageviews: number }[];
  timestamp: string;
}

/** One bucket of a time series; date is a day or the RFC 3339 start of an hour with the zone's offset. */
export interface Bucket {
  date: string;
  pageviews: number;
  uniqueVisitors: number;
  sessions: number;
}

export interface NamedShare {
  name: string;
  visits: number;
  percentage: number;
}

/** Topic stats. Percentages are 0–100, durations are seconds. */
export interface Stats {
  range: { start: string; end: string; timezone: string; interval: 'hour' | 'day' };
  summary: {
    pageviews: number;
    uniqueVisitors: number;
    sessions: number;
    bounceRate: number;
    avgSessionDuration: number;
    avgTimeOnPage: number;
  };
  timeseries: Bucket[];
  topPages: { path: string; pageviews: number; uniqueVisitors: number }[];
  topReferrers: { domain: string; visits: number }[];
  devices: Record<string, number>;
  browsers: NamedShare[];
  operatingSystems: NamedShare[];
  countries: { code: string; name: string; visits: number }[];
  trafficSources: Record<string, number>;
  filtered: {
    bot: { total: number; search: number; ai: number; other: number };
    optOut: number;
    path: number;
    heatmapsOff: number;
    prefetch: number;
  };
  /** Present and true where a sketch answered. */
  estimated?: boolean;
}

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

export interface Annotation {
  id: string;
  siteId: string;
  /** A local day of the site. */
  date: string;
  title: string;
  description: string;
  color: string;
  icon: string;
  createdBy: string | null;
}

export interface Segment {
  id: string;
  siteId: string;
  name: string;
  filters: string;
  shared: boolean;
  createdBy: string | null;
}

/** What was heard of a site lately: GET /api/sites/:id/diagnostics. */
export interface Diagnostics {
  since: string;
  lastEvent: string | null;
  stored: number;
  duplicates: number;
  filtered: Stats['filtered'];
  rejected: { error: string; count: number }[];
  refused: { origin: string; error: string; count: number }[];
  rateLimited: number;
}

/** GET /api/public/stats. */
export interface PublicStats {
  site: { domain: string; name: string };
  period: string;
  allowedPeriods: string[];
  uniqueVisitors: number;
  pageviews: number;
  bounceRate: number;
  avgSessionDuration: number;
  pages: { path: string; pageviews: number; uniqueVisitors: number }[];
  referrers: { source: string; visits: number }[];
  devices: { type: string; count: number }[];
  browsers: { name: string; count: number }[];
  countries: { code: string; name: string; count: number }[];
  daily: { date: string; pageviews: number; uniqueVisitors: number }[];
}
