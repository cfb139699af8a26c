// The settings of a site, each section with an address of its own; what the role may not see says who can change that.
import type { ComponentType } from 'preact';
import { useTopic } from '../live';
import type { SitePageProps } from '../page';
import { ActivityLog } from '../panels/account/ActivityLog';
import { Annotations } from '../panels/settings/Annotations';
import { Danger } from '../panels/settings/Danger';
import { Exclusions } from '../panels/settings/Exclusions';
import { General, Retention } from '../panels/settings/General';
import { ImportExport } from '../panels/settings/ImportExport';
import { Keys } from '../panels/settings/Keys';
import { Notifications } from '../panels/settings/Notifications';
import { Privacy } from '../panels/settings/Privacy';
import { Sections, type Section } from '../panels/settings/Sections';
import '../panels/settings/settings.css';
import { Shares } from '../panels/settings/Shares';
import { Team } from '../panels/settings/Team';
import { Webhooks } from '../panels/settings/Webhooks';
import { Forbidden } from '../panels/States';
import { can } from '../roles';
import { sitePath } from '../route';
import type { Role } from '../types';

interface SettingsSection {
  key: string;
  label: string;
  needed: Role;
  Body: ComponentType<SitePageProps>;
}

function SiteActivity({ site }: SitePageProps) {
  const items = useTopic<{ items: { id: string }[] }>('activity', site.id).data.value?.items;
  return <ActivityLog siteId={site.id} zone={site.timezone} tick={items?.[0]?.id ?? ''} />;
}

function GeneralAndSlack(props: SitePageProps) {
  return (
    <>
      <General {...props} />
      <Notifications {...props} />
    </>
  );
}

const sections: SettingsSection[] = [
  { key: 'general', label: 'General', needed: 'admin', Body: GeneralAndSlack },
  { key: 'privacy', label: 'Privacy', needed: 'admin', Body: Privacy },
  { key: 'exclusions', label: 'Exclusions', needed: 'admin', Body: Exclusions },
  { key: 'retention', label: 'Retention', needed: 'admin', Body: Retention },
  { key: 'team', label: 'Team', needed: 'viewer', Body: Team },
  { key: 'shares', label: 'Sharing', needed: 'admin', Body: Shares },
  { key: 'keys', label: 'API keys', needed: 'viewer', Body: Keys },
  { key: 'webhooks', label: 'Webhooks', needed: 'admin', Body: Webhooks },
  { key: 'data', label: 'Import and export', needed: 'viewer', Body: ImportExport },
  { key: 'annotations', label: 'Annotations', needed: 'viewer', Body: Annotations },
  { key: 'activity', label: 'Activity log', needed: 'owner', Body: SiteActivity },
  { key: 'danger', label: 'Danger zone', needed: 'owner', Body: Danger },
];

export default function SettingsPage(props: SitePageProps) {
  const { site, rest } = props;
  // Most sections follow nothing live; the badge in the top bar tells of the connection all the same.
  useTopic('realtime', site.id);
  const shown: Section[] = sections.map(({ key, label, needed, Body }) => ({
    key,
    label,
    body: () =>
      can(site.role, needed) ? <Body {...props} /> : <Forbidden what={label} needed={needed} owner={site.owner} />,
  }));
  return (
    <Sections
      label="Settings"
      href={(key) => sitePath(site.id, 'settings', key === 'general' ? '' : key)}
      sections={shown}
      chosen={rest}
    >
      <li>
        <a href={sitePath(site.id, 'goals')}>Goals →</a>
      </li>
    </Sections>
  );
}
