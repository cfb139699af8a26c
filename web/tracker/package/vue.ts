// For Vue: app.use(analytics, { server: 'https://analytics.example.com', site: 'site_abc123' }); then $zta in templates.
import * as zta from './index.js';

export * from './index.js';

/** What the plugin needs of Vue's app. */
interface App {
  config: { globalProperties: Record<string, unknown> };
}

export const analytics = {
  install(app: App, options: zta.Options): void {
    zta.load(options);
    app.config.globalProperties.$zta = zta;
  },
};
