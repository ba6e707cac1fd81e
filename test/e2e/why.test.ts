/** What a person is told of a message that is not delivered; the contact is played by parts of the peer itself. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { exportPrivateKey, fingerprintOf, generateKeyPair } from '@p2p-chat/protocol/identity';
import type { FrameLocator } from 'playwright-core';
import type { Directory } from '../../extension/src/core/net-ports.ts';
import { register } from '../../extension/src/net/discovery-http.ts';
import { createDirectorySession } from '../../extension/src/net/discovery-session.ts';
import { plainAccess } from '../../extension/src/net/server-access.ts';
import { createPeerService } from '../../extension/src/peer/service.ts';
import type { PeerService } from '../../extension/src/peer/service-types.ts';
import { steadyRandom, systemClock } from '../../extension/test/support/system-clock.ts';
import { temporaryFolder } from '../../extension/test/support/temporary.ts';
import { TestWindow } from '../../extension/test/support/window.ts';
import { freePort } from '../../scripts/lib/ports.ts';
import { eventually } from '../../scripts/lib/wait.ts';
import type { ChatPanel } from '../harness/chat-panel.ts';
import { TestDiscovery } from '../harness/discovery.ts';
import { TestUser } from '../harness/user.ts';
import type { Workbench } from '../harness/workbench.ts';
import { noRelay } from '../../extension/test/support/no-relay.ts';

const HELD = /^(held|sending): why is it not delivered\?$/;

/** Carol's account, and where she says to be. */
const key = generateKeyPair();
const folder = temporaryFolder();

/** All that the card says, but for the seconds that it counts and the time of day. */
async function report(card: FrameLocator): Promise<string> {
  const text = await card.getByRole('main').innerText();
  return text
    .replaceAll(/in \d+ s|in a moment|under way/g, '(when)')
    .replaceAll(/\d+:\d\d:\d\d\s?[AP]M/g, '(time)')
    .replaceAll(/\s+/g, ' ');
}

/** Signs in as Carol and says that she listens on this port. */
async function signIn(server: URL, port: number): Promise<Directory> {
  const access = plainAccess(server);
  await register({
    access,
    name: 'Carol',
    identityKey: key,
    successions: [],
    joinCode: null,
    clock: systemClock,
  });
  const session = createDirectorySession({
    ...noRelay,
    server,
    access,
    look: () => Promise.resolve(access),
    refused: () => undefined,
    identityKey: key,
    device: fingerprintOf(generateKeyPair().publicKey),
    takeOver: true,
    clock: systemClock,
    random: steadyRandom,
    log: () => undefined,
  });
  const { promise, resolve } = Promise.withResolvers<undefined>();
  session.announce([{ address: '127.0.0.1', port }]);
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
  return session;
}

describe('a message that is not delivered', () => {
  let discovery: TestDiscovery;
  let sam: TestUser;
  let sams: Workbench;
  let chat: ChatPanel;
  let card: FrameLocator;
  let session: Directory | undefined;
  let peer: PeerService | undefined;
  let carols: TestWindow;
  let port: number;
  let samsIdentity: string;
  let whileAway: string;

  before(async () => {
    // With a relay, each attempt would wait for whether the contact comes there.
    discovery = await TestDiscovery.start({ args: ['--no-relay'] });
    port = await freePort();
    session = await signIn(new URL(discovery.url), port);
    sam = await TestUser.start({
      name: 'Sam',
      settings: { 'p2pChat.discoveryServer': discovery.url, 'p2pChat.username': 'Sam' },
    });
    sams = await sam.openWindow();
    await sams.statusItem(/: online as Sam/).waitFor();
    await sams.openView('P2P Chat');
    const { users } = await session.page(null, 10);
    samsIdentity = users.find(({ name }) => name === 'Sam')?.identity ?? assert.fail('Sam has an account');
  });

  after(async () => {
    await Promise.allSettled([sam.dispose(), session?.stop(true), peer?.stop()]);
    await discovery.dispose();
  });

  it('leads from its state, with the keyboard, to where and why nobody is reached', async () => {
    chat = await sams.openChat('Carol');
    await chat.send('Are you there?');
    await chat.message('Are you there?').getByRole('button', { name: HELD }).press('Enter');
    card = await sams.webview('Delivery to Carol');
    await card
      .getByRole('status')
      .getByText(/^Carol is online, but cannot be reached from here\./)
      .waitFor();
    const address = card.getByRole('listitem').filter({ hasText: `127.0.0.1 port ${port}` });
    await address.getByText('nothing listens on this port').waitFor();
    assert.match(await address.innerText(), /TCP\s+failed after \d+ ms/);
    await card.getByRole('definition').getByText('1 message').waitFor();
  });

  it('is tried at once when the person asks for it', async () => {
    const tried = card.getByRole('definition').filter({ hasText: /\d:\d\d:\d\d/ });
    const before = await tried.innerText();
    await card.getByRole('button', { name: 'Try Now' }).press('Enter');
    await card.getByRole('timer').getByText('under way').waitFor();
    await eventually('another attempt was made', async () => (await tried.innerText()) !== before);
  });

  it('says no more of an address than that nobody answers once the contact is away', async () => {
    await session?.stop(true);
    session = undefined;
    await card
      .getByRole('status')
      .getByText(/^Carol is offline\. 1 message waits here/)
      .waitFor();
    await card.getByText('no answer').waitFor();
    whileAway = await report(card);
    assert.doesNotMatch(whileAway, /TCP|refuse|failed/);
  });

  it('says the same, word by word, of a contact who is there and blocked this person', async () => {
    peer = await createPeerService({
      globalStorage: folder,
      identityKey: exportPrivateKey(key),
      deviceKey: exportPrivateKey(generateKeyPair()),
      successions: [],
      version: '0.1.0',
      proxy: { noProxy: [] },
    });
    carols = new TestWindow(peer);
    await carols.request('configure', {
      acceptMessagesFrom: 'everyone',
      keepHistoryDays: 0,
      sendReadReceipts: true,
      sendTypingIndicator: true,
      // In the network of this machine she would be found by herself.
      localDiscovery: false,
    });
    await carols.request('addContact', { identity: samsIdentity, name: 'Sam', server: discovery.url });
    await carols.request('setStanding', { contact: samsIdentity, standing: 'blocked' });
    // Where Sam's editor tries anyhow: whatever it does from now on leads to Carol.
    await listenAt(port);
    const tried = card.getByRole('definition').filter({ hasText: /\d:\d\d:\d\d/ });
    const before = await tried.innerText();
    await card.getByRole('button', { name: 'Try Now' }).click();
    await eventually('another attempt was made', async () => (await tried.innerText()) !== before);
    await eventually('the same is said', async () => (await report(card)) === whileAway, {
      details: () => whileAway,
    });
    await carols.request('setStanding', { contact: samsIdentity, standing: 'unblocked' });
  });

  it('is delivered with the next attempt once nothing keeps it, and then nothing waits', async () => {
    await card.getByRole('status').getByText('Nothing waits for Carol.').waitFor();
    chat = await sams.openChat('Carol');
    await chat.arrived('Are you there?').waitFor();
  });

  it('is delivered to an address that is set by hand, where no server says it', async () => {
    await carols.request('goOffline', {});
    await discovery.stop();
    const elsewhere = await freePort();
    // She listens all the same.
    await assert.rejects(listenAt(elsewhere), { code: 'server-unreachable' });
    await chat.send('Are you somewhere else?');
    await chat.message('Are you somewhere else?').getByRole('button', { name: HELD }).waitFor();
    await sams.chooseFromMenu(sams.treeItem(/Carol/), 'Set Address…');
    await sams.answer('Set Address of Carol', `127.0.0.1:${elsewhere}`);
    await chat.arrived('Are you somewhere else?').waitFor();
  });

  /** @throws {PeerError} where the server cannot be reached */
  function listenAt(listenPort: number): Promise<unknown> {
    return carols.request('goOnline', {
      server: discovery.url,
      name: 'Carol',
      listenHost: '127.0.0.1',
      listenPort,
      joinCode: null,
      byPerson: true,
      serverKey: null,
    });
  }
});
