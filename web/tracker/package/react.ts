// For React: <Analytics server="https://analytics.example.com" site="site_abc123" /> anywhere in the tree.
import { useEffect } from 'react';
import { load, type Options } from './index.js';

export * from './index.js';

/** Loads the script when it is first shown. Draws nothing. */
export function Analytics(options: Options): null {
  useEffect(() => load(options), []);
  return null;
}
