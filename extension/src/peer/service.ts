import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprintOf, importPrivateKey, type KeyPair } from '@p2p-chat/protocol/identity';
import { verifySuccessions } from '@p2p-chat/protocol/succession';
import { Chat } from '../core/chat.ts';
import {
  ContactBlockedError,
  ContactStateError,
  MessageStateError,
  EmptyTextError,
  TextTooLongError,
  UnknownContactError,
} from '../core/errors.ts';
import { Outboxes } from '../core/outboxes.ts';
import { DirectoryUnavailable } from '../core/net-ports.ts';
import type { Log } from '../core/ports.ts';
import { StorageError, type OpenOutbox, type OutboxStore } from '../core/storage-ports.ts';
import type { Surroundings } from '../core/surroundings.ts';
import { PeerError, type PeerPush, type PeerPushValue } from '../peer-api.ts';
import { DamagedFile } from '../storage/damage.ts';

import { Notifier } from './notifier.ts';
import { Online } from './online.ts';
import { ownCredentials } from './own-credentials.ts';
import { type PeerParts, realParts } from './parts.ts';
import { Remembered } from './remembered.ts';
import { systemRandom } from './system.ts';
import type { PeerService, PeerServiceOptions } from './service-types.ts';
import { requestHandlers } from './request-handlers.ts';
import { t } from '../core/words.ts';

type Push = <P extends PeerPush>(name: P, value: PeerPushValue<P>) => void;

/** A start can show damage in the history, then in the global outbox, then in those of workspaces; and one to spare. */
const MAX_STARTS = 4;

/** Messages in one push: a window's thread, which all extensions share, is free between two of them. */
const PUSHED_AT_ONCE = 20;

/** What a start leaves behind, also when it fails. */
interface Traces {
  /** New names of damaged files. */
  readonly setAside: string[];
  /** What was opened. */
  readonly open: { close(): void }[];
}

/** Assembles the peer: core, sockets and disks, and serves it to windows. Files that turn out damaged are put aside. */
export async function createPeerService(
  options: PeerServiceOptions,
  parts: PeerParts = realParts,
): Promise<PeerService> {
  const setAside: string[] = [];
  for (let start = 1; ; start += 1) {
    const open: Traces['open'] = [];
    try {
      return await assemble(options, parts, { setAside, open });
    } catch (error) {
      for (const store of open) store.close();
      // Whatever is damaged is put aside when it is opened again.
      if (!(error instanceof DamagedFile) || start === MAX_STARTS) throw error;
    }
  }
}

async function assemble(options: PeerServiceOptions, parts: PeerParts, traces: Traces): Promise<PeerService> {
  const { clock, openHistory, openOutbox, createDialer, createListener, createLocalNetworks } = parts;
  const subscribers = new Map<object, Push>();
  const push: Push = (name, value) => {
    for (const deliver of subscribers.values()) deliver(name, value);
  };
  const log: Log = (level, text) => push('log', { level, text });
  const setAside = (damaged: string): void => {
    traces.setAside.push(damaged);
    push('damagedFiles', [...traces.setAside]);
  };
  const damage: { path: string | null; found: (path: string) => void } = {
    path: null,
    found: (path) => (damage.path = path),
  };
  const found = (path: string): void => damage.found(path);

  const identityKey = importPrivateKey(options.identityKey);
  const history = openHistory(options.globalStorage, setAside, found);
  traces.open.push(history);
  const credentials = await ownCredentials(
    { identity: identityKey, device: importPrivateKey(options.deviceKey) },
    history,
    clock.now(),
  );
  function open(folder: string | null, create: true): OutboxStore;
  function open(folder: string | null, create: boolean): OutboxStore | null;
  function open(folder: string | null, create: boolean): OutboxStore | null {
    const path = folder ?? options.globalStorage;
    return create || existsSync(join(path, 'outbox.db')) ? openOutbox(path, setAside, found) : null;
  }
  const openOutboxOf: OpenOutbox = open;
  const outboxes = new Outboxes(openOutboxOf, history, clock, log);
  traces.open.push(outboxes);
  const { successions, formerIdentities } = ownSuccessions(identityKey, options.successions);

  const dialer = createDialer({
    credentials,
    clock,
    mayDialLoopback: (endpoint) => online.onThisMachine || chat.isTyped(endpoint),
  });
  const notifier = new Notifier({
    clock,
    ownName: () => online.name ?? '',
    notify: (window, arrived) => subscribers.get(window)?.('notify', arrived),
  });
  const chat: Chat = new Chat({
    identity: credentials.identity,
    device: credentials.device,
    bootId: randomUUID(),
    agent: `p2p-chat/${options.version}`,
    clock,
    random: systemRandom,
    log,
    history,
    outboxes,
    dialer,
    localNetworks: createLocalNetworks({ clock, log }),
    name: () => online.name,
    successions,
    formerIdentities,
    events: {
      contact: (contact) => {
        push('contact', contact);
        notifier.contact(contact);
      },
      contactReplaced: (replacement) => {
        push('contactReplaced', replacement);
        notifier.replaced(replacement);
      },
      contactRemoved: (contact) => {
        push('contactRemoved', { contact });
        notifier.removed(contact);
      },
      directory: (directory) => push('directory', directory),
      messages: (messages) => {
        notifier.changed(messages);
        for (let at = 0; at < messages.length; at += PUSHED_AT_ONCE) {
          push('messages', messages.slice(at, at + PUSHED_AT_ONCE));
        }
      },
      arrived: (messages) => notifier.arrived(messages),
      notice: (notice) => push('notice', notice),
      typing: (contact) => push('typing', { contact }),
      forgotten: (before, contact) => push('forgotten', { before, contact }),
    },
  });
  if (damage.path !== null) {
    chat.stop();
    throw new DamagedFile(damage.path);
  }
  damage.found = (path) => options.onDamage?.(path);
  const online: Online = new Online({
    identityKey,
    credentials,
    clock,
    random: systemRandom,
    log,
    dialer,
    createListener,
    remembered: new Remembered(history, credentials.identity, formerIdentities),
    successions,
    chat,
    proxy: options.proxy,
    statusChanged: (status) => push('status', status),
  });
  const handlers = requestHandlers(chat, online, notifier, () => [...traces.setAside]);

  return {
    request: async (method, params, window) => {
      try {
        return await handlers[method](params, window);
      } catch (error) {
        throw toPeerError(error, log);
      }
    },
    subscribe: (deliver, window) => {
      subscribers.set(window, deliver);
      return () => subscribers.delete(window);
    },
    windowClosed: (window) => {
      subscribers.delete(window);
      chat.close(window);
      notifier.left(window);
    },
    stop: async () => {
      await online.goOffline(false);
      notifier.stop();
      chat.stop();
      outboxes.close();
      history.close();
    },
  };
}

/** The chain that leads to this identity; none when it leads elsewhere, as after the import of another identity. */
function ownSuccessions(
  identityKey: KeyPair,
  chain: PeerServiceOptions['successions'],
): Pick<Surroundings, 'successions' | 'formerIdentities'> {
  const identities = verifySuccessions(chain);
  if (identities.at(-1) !== fingerprintOf(identityKey.publicKey)) {
    return { successions: [], formerIdentities: [] };
  }
  return { successions: chain, formerIdentities: identities.slice(0, -1) };
}

/** What went wrong, in the words of the window's contract. */
function toPeerError(error: unknown, log: Log): PeerError {
  if (error instanceof PeerError) return error;
  if (error instanceof TextTooLongError) return new PeerError('text-too-long', error.message);
  if (error instanceof EmptyTextError) return new PeerError('internal', error.message);
  if (error instanceof ContactBlockedError) return new PeerError('contact-blocked', error.message);
  if (error instanceof MessageStateError) return new PeerError('internal', error.message);
  if (error instanceof ContactStateError) return new PeerError('internal', error.message);
  if (error instanceof UnknownContactError) return new PeerError('unknown-contact', error.message);
  if (error instanceof StorageError) return new PeerError('storage-failed', error.message, { cause: error });
  if (error instanceof DirectoryUnavailable) {
    return new PeerError('not-online', t('The discovery server cannot be asked now.'));
  }
  log('error', error instanceof Error ? (error.stack ?? error.message) : String(error));
  return new PeerError('internal', t('Something went wrong inside P2P Chat; the log tells more.'), {
    cause: error,
  });
}
