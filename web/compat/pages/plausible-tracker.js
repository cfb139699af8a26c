// A page with the older npm client of Plausible.
import Plausible from 'plausible-tracker';

const options = new URLSearchParams(location.search);
const client = Plausible({
  domain: options.get('domain'),
  apiHost: options.get('server'),
  hashMode: options.has('hash'),
});
client.enableAutoPageviews();
window.client = client;
