import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { pino } from 'pino';
import {
  exportPrivateKey,
  fingerprintOf,
  generateKeyPair,
  importPrivateKey,
} from '@p2p-chat/protocol/identity';
import { makeSuccession, type Succession } from '@p2p-chat/protocol/succession';
import { type DiscoveryServerOptions, startDiscoveryServer } from '../../../discovery-server/src/server.ts';
import { grouped } from '../../src/net/server-trust.ts';
import { type OnlineOptions, PeerError, type Problem } from '../../src/peer-api.ts';
import { createPeerService } from '../../src/peer/service.ts';
import type { PeerServiceOptions } from '../../src/peer/service-types.ts';
import { newMessageId } from '../support/envelopes.ts';
import { startConnectProxy, startEar } from '../support/https-servers.ts';
import { selfMade } from '../support/server-certificates.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { TestWindow } from '../support/window.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of running.splice(0).reverse()) await part.stop();
});
const started = <T extends { stop(): Promise<void> }>(part: T): T => {
  running.push(part);
  return part;
};
async function stopNow(part: { stop(): Promise<void> }): Promise<void> {
  running.splice(running.indexOf(part), 1);
  await part.stop();
}

/** A discovery server with a certificate of its own making. */
async function discovery(changes: Partial<DiscoveryServerOptions> = {}) {
  const dataDir = temporaryFolder();
  const server = started(
    await startDiscoveryServer({
      host: '127.0.0.1',
      port: 0,
      dataDir,
      tls: 'self-made',
      logger: pino({ level: 'silent' }),
      ...changes,
    }),
  );
  return { server, url: server.url, key: server.serverKey ?? assert.fail('it has a key') };
}

/** What stays of a person between two runs of the editor. */
function installation(): PeerServiceOptions {
  const key = (): string => exportPrivateKey(generateKeyPair());
  return {
    globalStorage: temporaryFolder(),
    identityKey: key(),
    deviceKey: key(),
    successions: [],
    version: '0.1.0',
    proxy: { noProxy: [] },
  };
}

async function peer(of = installation()): Promise<{ window: TestWindow; stop(): Promise<void> }> {
  const service = started(await createPeerService(of));
  return { window: new TestWindow(service), stop: () => stopNow(service) };
}

function online(server: string, name: string, changes: Partial<OnlineOptions> = {}): OnlineOptions {
  const listening = { listenHost: '127.0.0.1', listenPort: 0 };
  return { server, name, ...listening, joinCode: null, serverKey: null, byPerson: true, ...changes };
}

const byPerson = (key: string) => ({ serverKey: { key, by: 'person' as const } });

async function failure(request: Promise<unknown>): Promise<PeerError> {
  const error: unknown = await request.then(
    () => assert.fail('it went through'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof PeerError, String(error));
  return error;
}

function problemOf({ status }: TestWindow): Problem | undefined {
  return status.kind === 'problem' ? status.problem : undefined;
}

function write(from: TestWindow, contact: string, text: string): Promise<unknown> {
  return from.request('send', { id: newMessageId(), contact, text, workspace: null });
}

describe('a peer and a server that nobody knows yet', () => {
  it('asks for the person, says nothing to it, and stays offline', async () => {
    const certificate = await selfMade();
    const ear = started(await startEar(certificate));
    const { window } = await peer();
    const error = await failure(
      window.request('goOnline', online(ear.url.origin, 'Sam', { joinCode: 'let me in' })),
    );
    assert.deepEqual([error.code, error.serverKey], ['server-unknown', certificate.fingerprint]);
    assert.deepEqual(window.status, { kind: 'offline' });
    assert.equal((await window.request('ownIdentity', {})).account, null);
    assert.equal(await ear.heard(), '');
  });

  it('goes online once it is accepted, keeps that, and says so of itself', async () => {
    const { url, key } = await discovery();
    const of = installation();
    const first = await peer(of);
    await first.window.request('goOnline', online(url, 'Sam', byPerson(key)));
    assert.equal(first.window.status.kind, 'online');
    await first.stop();
    const second = await peer(of);
    const { account } = await second.window.request('ownIdentity', {});
    assert.deepEqual(account, { name: 'Sam', server: url, serverKey: key });
    await second.window.request('goOnline', online(url, 'Sam'));
    assert.equal(second.window.status.kind, 'online');
  });

  it('needs the join code, and is told whether it was missing or wrong', async () => {
    const { url, key } = await discovery({ joinCode: 'let me in' });
    const { window } = await peer();
    const missing = await failure(window.request('goOnline', online(url, 'Sam', byPerson(key))));
    assert.equal(missing.code, 'join-code');
    const wrong = await failure(window.request('goOnline', online(url, 'Sam', { joinCode: 'let me out' })));
    assert.equal(wrong.code, 'join-code');
    assert.notEqual(wrong.message, missing.message);
    await window.request('goOnline', online(url, 'Sam', { joinCode: 'let me in' }));
    await window.request('goOffline', {});
    assert.deepEqual(await window.request('goOnline', online(url, 'Sam')), { accountCreated: false });
  });
});

describe('a peer whose server shows another key', () => {
  it('does not go online, and is told both fingerprints', async () => {
    const { url, key, server } = await discovery();
    const { window } = await peer();
    await window.request('goOnline', online(url, 'Sam', byPerson(key)));
    await window.request('goOffline', {});
    await stopNow(server);
    const certificate = await selfMade();
    const ear = started(await startEar(certificate, server.address.port));
    const error = await failure(window.request('goOnline', online(url, 'Sam')));
    assert.deepEqual([error.code, error.serverKey], ['server-changed', certificate.fingerprint]);
    assert.ok(
      error.message.includes(grouped(key)) && error.message.includes(grouped(certificate.fingerprint)),
    );
    assert.equal(await ear.heard(), '');
  });

  for (const moment of ['while it is online', 'when it starts by itself'] as const) {
    it(`shows the key to accept, and goes on trying without a word, as behind a captive portal, ${moment}`, async () => {
      const dataDir = temporaryFolder();
      const { url, key, server } = await discovery({ dataDir });
      const { port } = server.address;
      const { window } = await peer();
      await window.request('goOnline', online(url, 'Sam', byPerson(key)));
      if (moment !== 'while it is online') await window.request('goOffline', {});
      await stopNow(server);
      const certificate = await selfMade();
      const portal = await startEar(certificate, port);
      if (moment !== 'while it is online') {
        const why = await failure(window.request('goOnline', online(url, 'Sam', { byPerson: false })));
        assert.deepEqual([why.code, why.serverKey], ['server-changed', certificate.fingerprint]);
      }
      await window.until('it is told', () => problemOf(window)?.code === 'server-changed');
      assert.equal(problemOf(window)?.serverKey, certificate.fingerprint);
      assert.ok(window.status.kind === 'problem' && window.status.retrying);
      assert.equal(await portal.heard(), '');
      await portal.stop();
      await discovery({ dataDir, port });
      await window.until('it is online', () => window.status.kind === 'online');
    });
  }

  it('goes online with it once it is accepted', async () => {
    const { url, key, server } = await discovery();
    const { port } = server.address;
    const { window } = await peer();
    await window.request('goOnline', online(url, 'Sam', byPerson(key)));
    await stopNow(server);
    const another = await discovery({ port });
    await window.until('it is told', () => problemOf(window)?.code === 'server-changed');
    assert.equal(problemOf(window)?.serverKey, another.key);
    await window.request('goOnline', online(url, 'Sam', byPerson(another.key)));
    assert.equal(window.status.kind, 'online');
  });
});

describe('a wish that cannot be', () => {
  it('leaves being online as it is', async () => {
    const { url, key } = await discovery();
    const { window } = await peer();
    await window.request('goOnline', online(url, 'Sam', byPerson(key)));
    const before = window.status;
    assert.equal((await failure(window.request('goOnline', online(url, '...')))).code, 'name-invalid');
    assert.equal((await failure(window.request('goOnline', online('nowhere', 'Sam')))).code, 'bad-address');
    assert.deepEqual(window.status, before);
    assert.deepEqual(await window.request('rename', { name: 'Samuel' }), { name: 'Samuel' });
  });
});

describe('an account', () => {
  it('is renamed, unless somebody has the name, and is found under the new name', async () => {
    const { url, key } = await discovery();
    const of = installation();
    const [sam, carol] = [await peer(of), await peer()];
    await sam.window.request('goOnline', online(url, 'Sam', byPerson(key)));
    await carol.window.request('goOnline', online(url, 'Carol', byPerson(key)));
    assert.equal((await failure(sam.window.request('rename', { name: 'Car0l' }))).code, 'name-taken');
    assert.equal((await failure(sam.window.request('rename', { name: '#' }))).code, 'name-invalid');
    await sam.window.request('rename', { name: 'Samuel' });
    assert.ok(sam.window.status.kind === 'online' && sam.window.status.name === 'Samuel');
    // The window's settings follow, and that is no reason to begin anew.
    await sam.window.request('goOnline', online(url, 'Samuel'));
    await sam.window.request('goOffline', {});
    assert.equal((await failure(sam.window.request('rename', { name: 'Sam' }))).code, 'not-online');
    assert.equal((await sam.window.request('ownIdentity', {})).account?.name, 'Samuel');
    assert.deepEqual(await sam.window.request('goOnline', online(url, 'Samuel')), { accountCreated: false });
  });

  it('is deleted, which is no problem but the end of being online', async () => {
    const { url, key } = await discovery();
    const [sam, carol] = [await peer(), await peer()];
    await sam.window.request('goOnline', online(url, 'Sam', byPerson(key)));
    await sam.window.request('deleteAccount', {});
    assert.deepEqual(sam.window.status, { kind: 'offline' });
    assert.equal((await sam.window.request('ownIdentity', {})).account, null);
    assert.equal((await failure(sam.window.request('deleteAccount', {}))).code, 'not-online');
    // The name is free.
    await carol.window.request('goOnline', online(url, 'Sam', byPerson(key)));
  });
});

describe('an identity that takes the place of another', () => {
  /** The same person with a new identity, and the statement of the old one. */
  function replaced(of: PeerServiceOptions): PeerServiceOptions {
    const next = generateKeyPair();
    const successions: Succession[] = [
      ...of.successions,
      makeSuccession(importPrivateKey(of.identityKey), next),
    ];
    return { ...of, identityKey: exportPrivateKey(next), successions };
  }
  const identityOf = (of: PeerServiceOptions): string =>
    fingerprintOf(importPrivateKey(of.identityKey).publicKey);

  it('has the account, and contacts follow it with what they hold', async () => {
    const { url, key } = await discovery();
    const sams = installation();
    const [sam, carol] = [await peer(sams), await peer()];
    const carols = carol.window;
    await sam.window.request('goOnline', online(url, 'Sam', byPerson(key)));
    await carols.request('goOnline', online(url, 'Carol', byPerson(key)));
    await carols.until('Carol sees Sam', () => carols.knows('Sam'));
    const before = carols.idOf('Sam');
    await carols.request('openConversation', { contact: before, limit: 50, byPerson: true });
    await write(carols, before, 'to the one you were');
    await sam.window.until('it arrives', () => sam.window.texts().length === 1);
    await sam.window.request('goOffline', {});
    await sam.stop();
    await write(carols, before, 'while you were away');

    const next = replaced(sams);
    const again = await peer(next);
    assert.deepEqual(await again.window.request('goOnline', online(url, 'Sam')), { accountCreated: false });
    await carols.until('Carol follows', () => carols.contacts.has(identityOf(next)));
    assert.ok(!carols.contacts.has(before));
    assert.equal(carols.contacts.get(identityOf(next))?.name, 'Sam');
    assert.ok(carols.notices.some(({ kind }) => kind === 'identity-replaced'));
    await again.window.until('what was held arrives', () =>
      again.window.texts().includes('while you were away'),
    );
    await write(carols, identityOf(next), 'to the one you are');
    await again.window.until('it arrives', () => again.window.texts().includes('to the one you are'));
    const contact = again.window.idOf('Carol');
    await write(again.window, contact, 'from the one I am');
    await carols.until('it arrives', () => carols.texts().includes('from the one I am'));
  });

  it('gets the account later when the server was away at first', async () => {
    const dataDir = temporaryFolder();
    const { url, key, server } = await discovery({ dataDir });
    const of = installation();
    const before = await peer(of);
    await before.window.request('goOnline', online(url, 'Sam', byPerson(key)));
    await before.stop();
    await stopNow(server);
    const next = replaced(of);
    const after = await peer(next);
    assert.equal(
      (await failure(after.window.request('goOnline', online(url, 'Sam')))).code,
      'server-unreachable',
    );
    const waiting = after.window.status;
    assert.ok(waiting.kind === 'problem' && waiting.retrying);
    await discovery({ dataDir, port: server.address.port });
    await after.window.until('it is online', () => after.window.status.kind === 'online');
    assert.equal((await after.window.request('ownIdentity', {})).identity, identityOf(next));
  });

  it('has nothing of a chain that leads to somebody else', async () => {
    const { url, key } = await discovery();
    const [of, other] = [installation(), installation()];
    const { successions } = replaced(of);
    const first = await peer(of);
    await first.window.request('goOnline', online(url, 'Sam', byPerson(key)));
    await first.stop();
    const thief = await peer({ ...other, successions });
    const error = await failure(thief.window.request('goOnline', online(url, 'Sam', byPerson(key))));
    assert.equal(error.code, 'name-taken');
  });
});

describe('a discovery server elsewhere', () => {
  /** Carol on the server's machine, and Sam, who comes to the server through a proxy and has the chat with her open. */
  async function samAtProxy(changes: Partial<DiscoveryServerOptions>) {
    const { server, key } = await discovery(changes);
    const proxy = started(await startConnectProxy(() => server.address.port));
    const settings = { proxy: `http://127.0.0.1:${proxy.port}`, noProxy: [] };
    const url = 'https://chat.example.test';
    const [sam, carol] = [await peer({ ...installation(), proxy: settings }), await peer()];
    // Carol is on this machine, and announces that.
    await carol.window.request('goOnline', online(server.url, 'Carol', byPerson(key)));
    await sam.window.request('goOnline', online(url, 'Sam', byPerson(key)));
    assert.equal((await sam.window.request('ownIdentity', {})).account?.server, url);
    await sam.window.until('Sam sees Carol', () => sam.window.knows('Carol'));
    await sam.window.request('openConversation', {
      contact: sam.window.idOf('Carol'),
      limit: 50,
      byPerson: true,
    });
    return { sam, carol };
  }

  it('cannot make a peer dial its own machine', async () => {
    const { sam, carol } = await samAtProxy({ limits: { relays: 0 } });
    await sam.window.until('the dial is refused', () =>
      sam.window.log.some((line) => line.includes('this address may not be dialled')),
    );
    assert.equal(carol.window.contacts.size, 0);
  });

  it('has a relay that is reached through a proxy as the server is', async () => {
    const { sam, carol } = await samAtProxy({});
    const contact = sam.window.idOf('Carol');
    await sam.window.until('they meet there', () => sam.window.contacts.get(contact)?.path === 'relayed');
    await sam.window.request('send', { id: newMessageId(), contact, text: 'hello', workspace: null });
    await carol.window.until('the message is there', () => carol.window.texts().includes('hello'));
  });
});
