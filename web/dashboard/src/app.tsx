// Which page: the entrance for those who are signed out, else what the address says.
import { useEffect } from 'preact/hooks';
import { LocationProvider, useLocation } from 'preact-iso';
import { ServicesProvider, useServices, type Services } from './context';
import { LazyPage } from './panels/Lazy';
import { SiteFrame } from './panels/SiteFrame';
import { Toasts } from './panels/Toasts';
import { ConnectionBanner, TopBar } from './panels/TopBar';
import { routeOf, type Route } from './route';
import { forgetAnswers } from './use-query';

/** A page without a site, between top bar and end. */
function Plain({ name, rest = '', narrow = false }: { name: string; rest?: string; narrow?: boolean }) {
  return (
    <>
      <TopBar />
      <main id="main" class={narrow ? 'page narrow' : 'page'}>
        <ConnectionBanner quiet />
        <LazyPage name={name} props={{ rest }} />
      </main>
    </>
  );
}

function SignedIn({ route }: { route: Route }) {
  switch (route.page) {
    case 'home':
      return <Plain name="sites" rest="forward" />;
    case 'sites':
    case 'system':
      return <Plain name={route.page} />;
    case 'new-site':
    case 'invite':
      return <Plain name={route.page} narrow />;
    case 'account':
      return <Plain name="account" rest={route.rest} />;
    case 'site':
      return <SiteFrame key={route.siteId} siteId={route.siteId} name={route.name} rest={route.rest} />;
    case 'reset':
      return <LazyPage name="entrance" props={{}} />;
    case 'unknown':
      return <Plain name="unknown" narrow />;
    default:
      return route satisfies never;
  }
}

function Page() {
  const { session, socket } = useServices();
  const route = routeOf(useLocation().path);
  const signedIn = session.current.value !== null;
  useEffect(() => {
    if (signedIn) return;
    socket.stop();
    forgetAnswers();
  }, [signedIn]);
  if (!signedIn) return <LazyPage name="entrance" props={{}} />;
  return <SignedIn route={route} />;
}

export function App({ services }: { services: Services }) {
  return (
    <ServicesProvider value={services}>
      <LocationProvider>
        <Page />
        <Toasts />
      </LocationProvider>
    </ServicesProvider>
  );
}
