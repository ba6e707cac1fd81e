import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { pino } from 'pino';
import { exportPrivateKey, generateKeyPair } from '@p2p-chat/protocol/identity';
import { makeSuccession } from '@p2p-chat/protocol/succession';
import { type DiscoveryServerOptions, startDiscoveryServer } from '../../../discovery-server/src/server.ts';
import { memoryStore } from '../../../discovery-server/src/store/memory.ts';
import { grouped } from '../../src/net/server-trust.ts';
import { createPeerService } from '../../src/peer/service.ts';
import type { PeerServiceOptions } from '../../src/peer/service-types.ts';
import { type OnlineOptions, PeerError } from '../../src/peer-api.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { TestWindow } from '../support/window.ts';

/** An account that changes elsewhere: on the server, on another computer, or in what somebody else says of the server. */

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

type Server = Awaited<ReturnType<typeof startDiscoveryServer>>;

async function discovery(changes: Partial<DiscoveryServerOptions> = {}): Promise<Server> {
  const logger = pino({ level: 'silent' });
  const store = memoryStore();
  return started(await startDiscoveryServer({ host: '127.0.0.1', port: 0, store, logger, ...changes }));
}

async function discoveryOf(dataDir: string, port: number): Promise<Server> {
  const logger = pino({ level: 'silent' });
  return started(await startDiscoveryServer({ host: '127.0.0.1', port, dataDir, logger }));
}

/** What stays of a person between two runs of the editor. */
function installation(identityKey = exportPrivateKey(generateKeyPair())): PeerServiceOptions {
  return {
    globalStorage: temporaryFolder(),
    identityKey,
    deviceKey: exportPrivateKey(generateKeyPair()),
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

async function failure(request: Promise<unknown>): Promise<PeerError> {
  const error: unknown = await request.then(
    () => assert.fail('it went through'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof PeerError, String(error));
  return error;
}

describe('an account that the server lost', () => {
  it('is made anew as soon as the server can make one; until then the reason is shown and it is tried again', async () => {
    const server = await discovery();
    const { window } = await peer();
    await window.request('goOnline', online(server.url, 'Sam'));
    await window.request('goOffline', {});
    await stopNow(server);
    const full = await discovery({ port: server.address.port, store: memoryStore(0) });
    const error = await failure(window.request('goOnline', online(full.url, 'Sam')));
    assert.match(error.message, /takes no more accounts/);
    const { status } = window;
    assert.ok(status.kind === 'problem' && status.retrying);
    assert.equal(status.problem.message, error.message);
    await stopNow(full);
    await discovery({ port: server.address.port });
    await window.until('there is room', () => window.status.kind === 'online');
  });

  it('is not asked for any longer once the name belongs to somebody else, and that is shown', async () => {
    const server = await discovery();
    const { window } = await peer();
    await window.request('goOnline', online(server.url, 'Sam'));
    await window.request('goOffline', {});
    await stopNow(server);
    const full = await discovery({ port: server.address.port, store: memoryStore(0) });
    await failure(window.request('goOnline', online(full.url, 'Sam')));
    await stopNow(full);
    const again = await discovery({ port: server.address.port });
    const other = await peer();
    await other.window.request('goOnline', online(again.url, 'Sam'));
    await window.until('it is over', () => window.status.kind === 'problem' && !window.status.retrying);
    assert.ok(window.status.kind === 'problem');
    assert.equal(window.status.problem.code, 'name-taken');
  });
});

describe('an account that was deleted on another computer', () => {
  it('is not made again by a start, but when the person goes online', async () => {
    const server = await discovery();
    const key = exportPrivateKey(generateKeyPair());
    const [first, second] = [await peer(installation(key)), await peer(installation(key))];
    const start = online(server.url, 'Sam', { byPerson: false });
    assert.deepEqual(await first.window.request('goOnline', start), { accountCreated: true });
    await second.window.request('goOnline', online(server.url, 'Sam'));
    await second.window.request('deleteAccount', {});
    assert.equal((await failure(first.window.request('goOnline', start))).code, 'no-account');
    await first.window.until('it says so', () => first.window.status.kind === 'problem');
    assert.deepEqual(await first.window.request('goOnline', online(server.url, 'Sam')), {
      accountCreated: true,
    });
  });

  it('is not made again under another key by a start, when its own key is lost', async () => {
    const server = await discovery();
    const of = installation();
    const before = await peer(of);
    await before.window.request('goOnline', online(server.url, 'Sam'));
    await before.window.request('goOffline', {});
    await before.stop();
    const bereft = await peer({ ...of, identityKey: exportPrivateKey(generateKeyPair()) });
    const start = online(server.url, 'Sam', { byPerson: false });
    assert.equal((await failure(bereft.window.request('goOnline', start))).code, 'identity-lost');
  });
});

describe('an identity that was replaced on another computer', () => {
  it('is told so at once and at every start, and not that another VS Code went online', async () => {
    const server = await discovery();
    const keys = generateKeyPair();
    const { window } = await peer(installation(exportPrivateKey(keys)));
    await window.request('goOnline', online(server.url, 'Sam'));
    const next = generateKeyPair();
    const successions = [makeSuccession(keys, next)];
    const elsewhere = await peer({ ...installation(exportPrivateKey(next)), successions });
    await elsewhere.window.request('goOnline', online(server.url, 'Sam'));
    await window.until('it is told', () => window.status.kind === 'problem');
    assert.ok(window.status.kind === 'problem' && window.status.problem.code === 'identity-lost');
    const start = window.request('goOnline', online(server.url, 'Sam', { byPerson: false }));
    assert.match((await failure(start)).message, /was replaced by a newer one/);
    assert.equal(elsewhere.window.status.kind, 'online');
  });
});

describe('a start', () => {
  it('while the server is away fails, goes on trying, and finds the account without being asked', async () => {
    const dataDir = temporaryFolder();
    const server = await discoveryOf(dataDir, 0);
    const { window } = await peer();
    await window.request('goOnline', online(server.url, 'Sam'));
    await window.request('goOffline', {});
    await stopNow(server);
    const error = await failure(window.request('goOnline', online(server.url, 'Sam', { byPerson: false })));
    assert.equal(error.code, 'server-unreachable');
    assert.ok(window.status.kind === 'problem' && window.status.retrying);
    await discoveryOf(dataDir, server.address.port);
    await window.until('it is found', () => window.status.kind === 'online');
  });
});

describe('an account that was renamed on another computer', () => {
  async function renamedElsewhere() {
    const server = await discovery();
    const key = exportPrivateKey(generateKeyPair());
    const [first, second] = [await peer(installation(key)), await peer(installation(key))];
    await first.window.request('goOnline', online(server.url, 'Sam'));
    await first.window.request('goOffline', {});
    await second.window.request('goOnline', online(server.url, 'Sam'));
    await second.window.request('rename', { name: 'Samantha' });
    await second.window.request('goOffline', {});
    return { server, window: first.window };
  }

  it('goes online under its name of today, which is remembered; the old name means it too', async () => {
    const { server, window } = await renamedElsewhere();
    const wish = online(server.url, 'Sam');
    assert.deepEqual(await window.request('goOnline', wish), { accountCreated: false });
    const { status } = window;
    assert.ok(status.kind === 'online');
    assert.equal(status.name, 'Samantha');
    assert.equal((await window.request('ownIdentity', {})).account?.name, 'Samantha');
    for (const name of ['Sam', 'Samantha']) await window.request('goOnline', online(server.url, name));
    assert.equal(window.status, status, 'it stayed online all the while');
  });

  it('keeps its name with contacts, whatever the server says, until the person goes by the new one', async () => {
    const server = await discovery();
    const key = exportPrivateKey(generateKeyPair());
    const [first, second] = [await peer(installation(key)), await peer(installation(key))];
    const carol = (await peer()).window;
    await carol.request('goOnline', online(server.url, 'Carol'));
    await first.window.request('goOnline', online(server.url, 'Sam'));
    await carol.until('Sam is there', () => carol.knows('Sam'));
    const sam = carol.idOf('Sam');
    await carol.request('openConversation', { contact: sam, limit: 1, byPerson: true });
    await carol.request('closeConversation', { contact: sam });
    await first.window.request('goOffline', {});
    await second.window.request('goOnline', online(server.url, 'Sam'));
    await second.window.request('rename', { name: 'Samantha' });
    await second.window.request('goOffline', {});

    await first.window.request('goOnline', online(server.url, 'Sam'));
    assert.ok(first.window.status.kind === 'online');
    assert.equal(first.window.status.name, 'Samantha');
    await carol.request('openConversation', { contact: sam, limit: 1, byPerson: true });
    await carol.until('there is a link', () => carol.contacts.get(sam)?.linked === true);
    assert.equal(carol.contacts.get(sam)?.name, 'Sam');
    await first.window.request('goOnline', online(server.url, 'Samantha'));
    await carol.until('the name is followed', () => carol.contacts.get(sam)?.name === 'Samantha');
  });

  it('is named to whoever asks for really another name', async () => {
    const { server, window } = await renamedElsewhere();
    const error = await failure(window.request('goOnline', online(server.url, 'Max')));
    assert.equal(error.code, 'identity-has-other-name');
    assert.match(error.message, /Samantha/);
    assert.deepEqual(window.status, { kind: 'offline' });
  });
});

describe('an invite to the server that one is online at', () => {
  it('with another key than the server has is refused with both fingerprints, and nothing else changes', async () => {
    const server = await discovery({ store: memoryStore(), dataDir: temporaryFolder(), tls: 'self-made' });
    const key = server.serverKey ?? assert.fail('it has a key');
    const { window } = await peer();
    const accepted = { key, by: 'person' as const };
    await window.request('goOnline', online(server.url, 'Sam', { serverKey: accepted }));
    const { status } = window;
    const other = 'ab'.repeat(32);
    const invite = (told: string) => online(server.url, 'Sam', { serverKey: { key: told, by: 'invite' } });
    const error = await failure(window.request('goOnline', invite(other)));
    assert.deepEqual([error.code, error.serverKey], ['server-changed', key]);
    for (const each of [key, other]) assert.ok(error.message.includes(grouped(each)));
    assert.equal(window.status, status);
    await window.request('goOnline', invite(key));
    assert.equal(window.status, status);
  });
});
