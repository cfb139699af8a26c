// From a new site to its first event: the snippet in every dialect, the light, what is wrong if it stays dark.
import { useState } from 'preact/hooks';
import { firstSign, useRealtime } from '../live';
import type { SitePageProps } from '../page';
import { DemoButton } from '../panels/DemoButton';
import { Snippet } from '../panels/Snippet';
import { Tabs } from '../panels/Tabs';
import { Waiting } from '../panels/Waiting';
import { snippetsOf } from '../snippets';

export default function SetupPage({ site }: SitePageProps) {
  const [chosen, choose] = useState('html');
  const realtime = useRealtime(site.id).data.value;
  const seen = site.stats?.lastPageview ? { page: '', country: '' } : null;
  const snippets = snippetsOf(site.id, site.trackingCode);
  return (
    <div class="setup">
      <Waiting site={site} first={firstSign(realtime, null) ?? seen} />
      <Tabs
        label="Tracking snippet"
        chosen={chosen}
        choose={choose}
        tabs={snippets.map(({ key, label, where, code }) => ({
          key,
          label,
          body: () => (
            <>
              <p class="soft">{where}</p>
              <Snippet code={code} label={`Snippet for ${label}`} />
            </>
          ),
        }))}
      />
      <div class="setup-foot">
        <p class="soft">
          No cookies, and nothing is stored on the devices of your visitors. Just looking? A demo site shows what a
          month of visits looks like.
        </p>
        <DemoButton />
      </div>
    </div>
  );
}
