// A page with Plausible's own tracker, set up as its documentation says; server and domain come from the page's address.
import { init, track } from '@plausible-analytics/tracker';

const options = new URLSearchParams(location.search);
window.__plausible = true; // its leave to count a browser that is driven by a program
init({
  domain: options.get('domain'),
  endpoint: `${options.get('server')}/api/event`,
  hashBasedRouting: options.has('hash'),
});
window.track = track;
