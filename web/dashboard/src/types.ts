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

/** A row of GET /api/sites; stats are those of 30 days. */
export interface SiteRow {
  id: string;
  domain: string;
  name: string;
  timezone: string;
  role: 'owner' | 'admin' | 'member' | 'viewer';
  stats: { pageviews: number; visitors: number; lastPageview: string | null };
}

/** GET /api/sites/:id and POST /api/sites; the latter has no stats. */
export interface Site {
  id: string;
  domain: string;
  name: string;
  timezone: string;
  role: SiteRow['role'];
  trackingCode: string;
  stats?: { lastPageview: string | null };
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
