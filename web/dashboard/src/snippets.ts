// How a site sends its first event, in the words of its framework. Pure.

export interface Snippet {
  key: string;
  label: string;
  /** Where it goes. */
  where: string;
  code: string;
}

/** The address of the tracker and of the API of a tracking code. */
function addressOf(trackingCode: string): { script: string; origin: string } {
  const script = /src="([^"]+)"/.exec(trackingCode)?.[1] ?? '/js/analytics.js';
  return { script, origin: script.replace(/\/js\/analytics\.js$/, '') };
}

/** One tab each; all carry the site's id and this server's address. */
export function snippetsOf(siteId: string, trackingCode: string): Snippet[] {
  const { script, origin } = addressOf(trackingCode);
  return [
    { key: 'html', label: 'HTML', where: 'Into the <head> of every page.', code: trackingCode },
    {
      key: 'next',
      label: 'Next.js',
      where: 'Into app/layout.tsx, inside <body>.',
      code: `import Script from 'next/script';\n\n<Script data-site="${siteId}" src="${script}" strategy="afterInteractive" />`,
    },
    {
      key: 'vue',
      label: 'Vue',
      where: 'Into index.html of a Vite project; for Nuxt into nuxt.config.ts as below. Route changes are followed.',
      code: `export default defineNuxtConfig({\n  app: { head: { script: [{ src: '${script}', defer: true, 'data-site': '${siteId}' }] } },\n});`,
    },
    {
      key: 'wordpress',
      label: 'WordPress',
      where: 'Into functions.php of the theme.',
      code: `add_action('wp_head', function () {\n  echo '${trackingCode.replaceAll("'", "\\'")}';\n});`,
    },
    {
      key: 'gtm',
      label: 'Tag Manager',
      where: 'A tag of the kind “Custom HTML”, fired on all pages.',
      code: `<script>\n  var s = document.createElement('script');\n  s.defer = true;\n  s.src = '${script}';\n  s.setAttribute('data-site', '${siteId}');\n  document.head.appendChild(s);\n</script>`,
    },
    {
      key: 'server',
      label: 'Server',
      where: 'From any server or script; with an id it may be sent as often as you like.',
      code: `curl -X POST ${origin}/api/track -H 'Content-Type: application/json' \\\n  -d '{"type": "pageview", "siteId": "${siteId}", "path": "/hello"}'`,
    },
  ];
}
