import type { PeerClient, PeerPush, PeerPushValue } from '../../extension/src/peer-api.ts';
import type { PeerServiceOptions } from '../../extension/src/peer/service-types.ts';
import { createPeerClient } from '../../extension/src/windows/client.ts';
import type { Stores } from './stores.ts';

/** Where requests go in and what is shown comes out. */
export interface Door {
  readonly request: PeerClient['request'];
}

/** The door of a peer that has to be stopped. */
export interface DoorHere extends Door {
  readonly stop: () => Promise<void>;
}

/** What is told of a peer; the rest is of no interest here. */
export type Told = { readonly [P in 'messages' | 'contact']: (value: PeerPushValue<P>) => void };

type Listeners = { readonly [P in PeerPush]?: (value: PeerPushValue<P>) => void };

/**
 * The peer on this very thread, as the worker has it: with everything that makes a message durable, without the local
 * socket to windows.
 */
export async function peerHere(
  options: PeerServiceOptions,
  told: Told,
  stores: Stores = 'real',
): Promise<DoorHere> {
  // Loaded here only: a window has nothing of it in its own thread.
  const { createPeerService } = await import('../../extension/src/peer/service.ts');
  const { freeStores } = await import('./free-stores.ts');
  const { logStores } = await import('./log-stores.ts');
  const parts = { real: undefined, free: freeStores, log: logStores }[stores];
  const service = await createPeerService(options, parts);
  const window = {};
  const listeners: Listeners = told;
  service.subscribe((name, value) => listeners[name]?.(value), window);
  return {
    request: (method, params) => service.request(method, params, window),
    stop: () => service.stop(),
  };
}

/** The peer in a worker thread, behind the local socket, as VS Code has it. */
export async function peerBehindSocket(
  options: PeerServiceOptions,
  peerScript: string,
  told: Told,
): Promise<Door> {
  const { identityKey, deviceKey, successions, globalStorage, version } = options;
  const client = createPeerClient({
    peerScript,
    globalStorage,
    version,
    secrets: () => Promise.resolve({ identityKey, deviceKey, successions }),
    log: () => undefined,
  });
  client.onPush('messages', told.messages);
  client.onPush('contact', told.contact);
  const connected = new Promise<void>((done) => void client.onConnected(() => done()));
  client.start();
  await connected;
  return client;
}
