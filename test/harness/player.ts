/** Somebody beside the person whose VS Code is looked at: the peer itself in this process, without a window. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fingerprint } from '@p2p-chat/protocol/fingerprint';
import { exportPrivateKey, fingerprintOf, generateKeyPair } from '@p2p-chat/protocol/identity';
import type { Change } from '@p2p-chat/protocol/kinds';
import { createDirectorySession } from '../../extension/src/net/discovery-session.ts';
import { register } from '../../extension/src/net/discovery-http.ts';
import { plainAccess } from '../../extension/src/net/server-access.ts';
import { createPeerService } from '../../extension/src/peer/service.ts';
import type { PeerService } from '../../extension/src/peer/service-types.ts';
import type { Message } from '../../extension/src/peer-api.ts';
import { newMessageId } from '../../extension/test/support/envelopes.ts';
import { steadyRandom, systemClock } from '../../extension/test/support/system-clock.ts';
import { TestWindow } from '../../extension/test/support/window.ts';
import { noRelay } from '../../extension/test/support/no-relay.ts';

/** What a server may ask of whoever makes an account. */
export interface Entrance {
  /** Nobody is asked for one unless told. */
  readonly joinCode?: string;
  /** The fingerprint of the server's own key, as it printed it: that of a server with HTTPS. */
  readonly serverKey?: string;
}

export class Player {
  readonly name: string;
  readonly identity: string;
  readonly window: TestWindow;
  readonly #service: PeerService;
  readonly #folder: string;

  private constructor(name: string, identity: string, service: PeerService, folder: string) {
    this.name = name;
    this.identity = identity;
    this.#service = service;
    this.#folder = folder;
    this.window = new TestWindow(service);
  }

  /** Makes an account of this name, and is online. */
  static async start(name: string, server: string, entrance: Entrance = {}): Promise<Player> {
    const folder = await mkdtemp(path.join(tmpdir(), 'p2p-chat-player-'));
    const key = generateKeyPair();
    const service = await createPeerService({
      globalStorage: folder,
      identityKey: exportPrivateKey(key),
      deviceKey: exportPrivateKey(generateKeyPair()),
      successions: [],
      version: '0.1.0',
      proxy: { noProxy: [] },
    });
    const player = new Player(name, fingerprintOf(key.publicKey), service, folder);
    await player.window.request('configure', {
      acceptMessagesFrom: 'everyone',
      keepHistoryDays: 0,
      sendReadReceipts: true,
      sendTypingIndicator: true,
    });
    await player.goOnline(server, entrance);
    return player;
  }

  async goOnline(server: string, { joinCode, serverKey }: Entrance = {}): Promise<void> {
    await this.window.request('goOnline', {
      server,
      name: this.name,
      listenHost: '127.0.0.1',
      listenPort: 0,
      joinCode: joinCode ?? null,
      byPerson: true,
      serverKey:
        serverKey === undefined
          ? null
          : { key: fingerprint.parse(serverKey.replaceAll(' ', '')), by: 'person' },
    });
  }

  async goOffline(): Promise<void> {
    await this.window.request('goOffline', {});
  }

  /** Opens the conversation with somebody, who is accepted by that. */
  async meet(name: string): Promise<string> {
    await this.window.until(`${this.name} sees ${name}`, () => this.window.knows(name));
    const contact = this.window.idOf(name);
    const opened = await this.window.request('openConversation', { contact, limit: 100, byPerson: true });
    if (opened.contact.standing !== 'accepted') {
      await this.window.request('setStanding', { contact, standing: 'accepted' });
    }
    return contact;
  }

  /** Sends a message, perhaps a reply to one. */
  async say(contact: string, text: string, to?: Message): Promise<Message> {
    const replyTo =
      to === undefined ? {} : { replyTo: { by: to.mine ? 'sender' : 'recipient', message: to.id } as const };
    return this.window.request('send', { id: newMessageId(), contact, text, workspace: null, ...replyTo });
  }

  async change(contact: string, change: Change): Promise<void> {
    await this.window.request('change', { id: newMessageId(), contact, change, workspace: null });
  }

  /** The newest message with this text, once it is there. */
  async message(text: string): Promise<Message> {
    const find = (): Message | undefined =>
      [...this.window.messages.values()].findLast((each) => each.text?.includes(text) === true);
    await this.window.until(`${this.name} has "${text}"`, () => find() !== undefined);
    const found = find();
    if (found === undefined) throw new Error(`${this.name} has no "${text}"`);
    return found;
  }

  /** Has read all that came. */
  async read(contact: string): Promise<void> {
    const orders = [...this.window.messages.values()].filter((each) => each.contact === contact);
    const upTo = Math.max(0, ...orders.map(({ order }) => order));
    await this.window.request('markRead', { contact, upTo });
  }

  async stop(): Promise<void> {
    await this.#service.stop();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Somebody who says to be online at addresses where nobody listens; returns what ends it. */
export async function playUnreachable(
  name: string,
  server: string,
  endpoints: readonly { readonly address: string; readonly port: number }[],
): Promise<() => Promise<void>> {
  const url = new URL(server);
  const access = plainAccess(url);
  const identityKey = generateKeyPair();
  const clock = systemClock;
  await register({ access, name, identityKey, successions: [], joinCode: null, clock });
  const session = createDirectorySession({
    ...noRelay,
    server: url,
    access,
    look: () => Promise.resolve(access),
    refused: () => undefined,
    identityKey,
    device: fingerprintOf(generateKeyPair().publicKey),
    takeOver: true,
    clock,
    random: steadyRandom,
    log: () => undefined,
  });
  const { promise, resolve } = Promise.withResolvers<undefined>();
  session.announce([...endpoints]);
  session.start({
    connected: () => resolve(undefined),
    disconnected: () => undefined,
    presence: () => undefined,
    account: () => undefined,
    succession: () => undefined,
    removed: () => undefined,
    dialBack: () => undefined,
  });
  await promise;
  return () => session.stop(true);
}
