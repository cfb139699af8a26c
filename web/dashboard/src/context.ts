// What every page can reach: the REST client, the live connection, who is signed in.
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { Api, lockedBy } from './api';
import { isCurrent, newBuild } from './reload';
import { openSession, type SessionStore } from './session';
import { LiveSocket } from './socket';
import { watchUpdates } from './update';

export interface Services {
  api: Api;
  socket: LiveSocket;
  session: SessionStore;
}

/** The services of this page, which speak to the server that sent it and to no other. */
export function startServices(): Services {
  const session = openSession(localStorage, window);
  const api = new Api({
    fetch: (input, init) => fetch(input, init),
    session,
    exclusive: lockedBy(navigator.locks as LockManager | undefined),
    now: Date.now,
  });
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  const socket = new LiveSocket({
    open: (subprotocol) => new WebSocket(`${scheme}://${location.host}/ws`, subprotocol),
    ticket: () => api.ticket(),
    renewedTicket: () => api.renewedTicket(),
  });
  addEventListener('online', () => socket.wake());
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) socket.wake();
  });
  watchUpdates({ connection: socket.connection, isCurrent, tell: newBuild });
  return { api, socket, session };
}

const Context = createContext<Services | null>(null);

export const ServicesProvider = Context.Provider;

export function useServices(): Services {
  const services = useContext(Context);
  if (!services) throw new Error('no services: the component stands outside of the app');
  return services;
}
