// Which page: the entrance for those who are signed out, else what the address says.
import { useEffect } from 'preact/hooks';
import { LocationProvider, useLocation } from 'preact-iso';
import { ServicesProvider, useServices, type Services } from './context';
import { TopBar } from './panels/TopBar';
import { AccountPage } from './pages/account';
import { LivePage } from './pages/live';
import { NewSitePage } from './pages/new-site';
import { SitesPage } from './pages/sites';
import { routeOf } from './route';

function UnknownPage() {
  return (
    <>
      <TopBar />
      <main class="page">
        <section class="card message">
          <h1>There is nothing here</h1>
          <p class="soft">The address may be mistyped or of a newer version.</p>
          <a class="button" href="/">
            To the dashboard
          </a>
        </section>
      </main>
    </>
  );
}

function Page() {
  const { session, socket } = useServices();
  const { path } = useLocation();
  const signedIn = session.current.value !== null;
  useEffect(() => {
    if (!signedIn) socket.stop();
  }, [signedIn]);
  if (!signedIn) return <AccountPage />;
  const route = routeOf(path);
  switch (route.page) {
    case 'home':
      return <SitesPage forward />;
    case 'sites':
      return <SitesPage forward={false} />;
    case 'new-site':
      return <NewSitePage />;
    case 'live':
      return <LivePage siteId={route.siteId} />;
    case 'unknown':
      return <UnknownPage />;
    default:
      return route satisfies never;
  }
}

export function App({ services }: { services: Services }) {
  return (
    <ServicesProvider value={services}>
      <LocationProvider>
        <Page />
      </LocationProvider>
    </ServicesProvider>
  );
}
