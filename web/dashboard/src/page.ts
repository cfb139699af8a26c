// What the frame hands to a page. A page is a file of pages/ with one default export that takes these.
import type { Site, SiteRow } from './types';
import type { Looking } from './view';

/** Of a page of one site; the frame around it has top bar, navigation, connection banner and, where it fits, the bar of the view. */
export interface SitePageProps {
  site: Site;
  /** All sites of the reader. */
  sites: SiteRow[];
  /** Period, comparison and filters. */
  look: Looking;
  /** What follows the page's name in the address. */
  rest: string;
  /** Asks for the site anew, after its settings changed. */
  reload: () => void;
}

/** Of a page of no site: account, system. */
export interface PageProps {
  rest: string;
}
