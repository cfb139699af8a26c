// Deletes the site; for a while it can be restored.
import { useLocation } from 'preact-iso';
import { useServices } from '../../context';
import type { SiteDeletion } from '../../openapi';
import type { SitePageProps } from '../../page';
import { toast } from '../../toast';
import { Card } from '../Card';
import { AskFirst } from './AskFirst';
import { DeletedSites } from './DeletedSites';
import { momentIn } from './moment';

export function Danger({ site }: SitePageProps) {
  const { api } = useServices();
  const { route } = useLocation();
  const remove = async () => {
    const { purgeAt } = await api.erase<SiteDeletion>(`/api/sites/${site.id}`);
    toast(`${site.name} was deleted. Until ${momentIn(purgeAt)} it can be restored.`);
    route('/account/sites', true);
  };
  return (
    <>
      <Card title="Delete this site">
        <div class="danger-row">
          <div>
            <p class="soft">
              Tracking, alerts and webhooks stop at once. The data stay for a while, in which the owner can restore the
              site or purge it for good under Account, Deleted sites.
            </p>
          </div>
          <AskFirst
            danger
            label="Delete the site"
            title={`Delete ${site.name}?`}
            action="Delete"
            typed={site.domain}
            run={remove}
          >
            <p>What visitors do from now on is not recorded.</p>
          </AskFirst>
        </div>
      </Card>
      <DeletedSites />
    </>
  );
}
