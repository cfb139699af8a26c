// The bar above every page: where one is, whether the page lives, how it looks, who is signed in.
import { useLocation } from 'preact-iso';
import { now } from '../clock';
import { useServices } from '../context';
import { sitePath } from '../route';
import { statusOf } from '../status';
import { switchTheme, theme } from '../theme';
import type { SiteRow } from '../types';
import { Logo } from './Logo';
import { Menu } from './Menu';

const themeFaces = { system: '◐', light: '☀', dark: '☾' };

export function ThemeSwitch() {
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={`Theme: ${theme.value}. Change`}
      title={`Theme: ${theme.value}`}
      onClick={switchTheme}
    >
      <span aria-hidden="true">{themeFaces[theme.value]}</span>
    </button>
  );
}

function StatusPill() {
  const { socket } = useServices();
  const status = statusOf(socket.connection.value, now.value);
  return (
    <span class="pill" data-tone={status.tone}>
      <span class="dot" aria-hidden="true" />
      {status.label}
    </span>
  );
}

/** Says what is wrong with the connection, with a way to try at once. quiet: where nothing is live unless something asked for it. */
export function ConnectionBanner({ quiet = false }: { quiet?: boolean }) {
  const { socket } = useServices();
  const status = statusOf(socket.connection.value, now.value);
  if (status.detail === null || (quiet && socket.connection.value.kind === 'stopped')) return null;
  return (
    <div class="banner">
      <p>{status.detail}</p>
      {status.canRetry && (
        <button type="button" class="button quiet" onClick={() => socket.retry()}>
          Try now
        </button>
      )}
    </div>
  );
}

function SiteSwitcher({ sites, siteId }: { sites: SiteRow[]; siteId: string }) {
  const { socket } = useServices();
  const live = socket.connection.value.kind === 'live';
  const here = sites.find((site) => site.id === siteId);
  const name = here?.name ?? 'Site';
  const face = (
    <>
      <span class="dot" data-live={live} aria-hidden="true" />
      <span class="site-name">
        <bdi>{name}</bdi>
      </span>
      <span class="chevron" aria-hidden="true" />
    </>
  );
  return (
    <Menu label={`Site ${name}. Change`} face={face} align="start">
      {sites.map((site) => (
        <a
          key={site.id}
          class="menu-item"
          href={sitePath(site.id)}
          aria-current={site.id === siteId ? 'page' : undefined}
        >
          <bdi>{site.name}</bdi>
          <small>
            <bdi>{site.domain}</bdi>
          </small>
        </a>
      ))}
      <hr />
      <a class="menu-item" href="/sites">
        All sites
      </a>
      <a class="menu-item" href="/sites/new">
        Add a site
      </a>
    </Menu>
  );
}

interface Props {
  /** The site on view, with those to change to. */
  sites?: SiteRow[];
  siteId?: string;
  search?: () => void;
  help?: () => void;
}

function AccountMenu({ help }: { help: (() => void) | undefined }) {
  const { api, session, socket } = useServices();
  const { route } = useLocation();
  const user = session.current.value?.user;
  const signOut = async () => {
    socket.stop();
    await api.logout();
    route('/', true);
  };
  const face = (
    <span class="avatar" aria-hidden="true">
      {(user?.name || user?.email || '?').charAt(0).toUpperCase()}
    </span>
  );
  return (
    <Menu label={`Account ${user?.email ?? ''}`} align="end" face={face}>
      <p class="menu-note">
        <bdi>{user?.name ?? 'Signed in as'}</bdi>
        <small>
          <bdi>{user?.email}</bdi>
        </small>
      </p>
      <hr />
      <a class="menu-item" href="/account">
        Account
      </a>
      <a class="menu-item" href="/system">
        System
      </a>
      {help && (
        <button type="button" class="menu-item line" onClick={help}>
          Keys <kbd aria-hidden="true">?</kbd>
        </button>
      )}
      <hr />
      <button type="button" class="menu-item" onClick={() => void signOut()}>
        Sign out
      </button>
    </Menu>
  );
}

export function TopBar({ sites = [], siteId, search, help }: Props) {
  return (
    <header class="topbar">
      <a class="skip" href="#main">
        To the content
      </a>
      <div class="topbar-in">
        <a class="brand" href="/sites" aria-label="ztas, all sites">
          <Logo />
          <span>ztas</span>
        </a>
        {siteId && <SiteSwitcher sites={sites} siteId={siteId} />}
        <span class="grow" />
        {siteId && <StatusPill />}
        {search && (
          <button type="button" class="icon-button" aria-label="Search" title="Search (Ctrl-K)" onClick={search}>
            <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
              <circle cx="8.5" cy="8.5" r="5.5" />
              <path d="M12.7 12.7 17 17" />
            </svg>
          </button>
        )}
        <ThemeSwitch />
        <AccountMenu help={help} />
      </div>
    </header>
  );
}
