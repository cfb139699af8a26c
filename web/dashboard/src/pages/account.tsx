// The account: who one is, where one is signed in, what was done, what is kept.
import { useEffect } from 'preact/hooks';
import type { PageProps } from '../page';
import { ActivityLog } from '../panels/account/ActivityLog';
import { PersonalData } from '../panels/account/PersonalData';
import { Password, Profile } from '../panels/account/Profile';
import { Sessions } from '../panels/account/Sessions';
import { DeletedSites } from '../panels/settings/DeletedSites';
import { Sections, type Section } from '../panels/settings/Sections';
import '../panels/settings/settings.css';

const sections: Section[] = [
  {
    key: 'profile',
    label: 'Profile',
    body: () => (
      <>
        <Profile />
        <Password />
      </>
    ),
  },
  { key: 'sessions', label: 'Sessions', body: () => <Sessions /> },
  { key: 'activity', label: 'Activity log', body: () => <ActivityLog /> },
  { key: 'sites', label: 'Deleted sites', body: () => <DeletedSites /> },
  { key: 'data', label: 'Your data', body: () => <PersonalData /> },
];

export default function AccountPage({ rest }: PageProps) {
  useEffect(() => {
    document.title = 'Account · ztas';
  }, []);
  return (
    <>
      <div class="page-head">
        <h1>Account</h1>
      </div>
      <Sections
        label="Account"
        href={(key) => (key === 'profile' ? '/account' : `/account/${key}`)}
        sections={sections}
        chosen={rest}
      />
    </>
  );
}
