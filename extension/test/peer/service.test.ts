import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { pino } from 'pino';
import { exportPrivateKey, generateKeyPair, importPrivateKey } from '@p2p-chat/protocol/identity';
import { makeSuccession, type Succession } from '@p2p-chat/protocol/succession';
import { startDiscoveryServer } from '../../../discovery-server/src/server.ts';
import { BURST_MS } from '../../src/peer/notifier.ts';
import { realParts } from '../../src/peer/parts.ts';
import { createPeerService } from '../../src/peer/service.ts';
import { type OnlineOptions, PeerError } from '../../src/peer-api.ts';
import { newMessageId } from '../support/envelopes.ts';
import { startRecorder } from '../support/recorder.ts';
import { systemClock } from '../support/system-clock.ts';
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

/** A discovery server behind a recorder, with files on disk. */
async function discovery() {
  const dataDir = temporaryFolder();
  let port = 0;
  const recorder = await startRecorder(() => port);
  const logger = pino({ level: 'silent' });
  const server = started(
    await startDiscoveryServer({ host: '127.0.0.1', port, alsoPorts: [recorder.port], dataDir, logger }),
  );
  started(recorder);
  ({ port } = server.address);
  return { dataDir, server, recorder, url: `http://127.0.0.1:${recorder.port}` };
}

/** What stays of a person between two runs of the editor. */
function installation() {
  const key = (): string => exportPrivateKey(generateKeyPair());
  return {
    globalStorage: temporaryFolder(),
    identityKey: key(),
    deviceKey: key(),
    successions: [] as Succession[],
    version: '0.1.0',
    proxy: { noProxy: [] },
  };
}

async function peer(of = installation(), parts = realParts): Promise<TestWindow & { stop(): Promise<void> }> {
  const service = started(await createPeerService(of, parts));
  const stop = async (): Promise<void> => {
    running.splice(running.indexOf(service), 1);
    await service.stop();
  };
  return Object.assign(new TestWindow(service), { stop });
}

const online = (server: string, name: string): OnlineOptions => ({
  server,
  name,
  listenHost: '127.0.0.1',
  listenPort: 0,
  joinCode: null,
  byPerson: true,
  serverKey: null,
});

async function write(from: TestWindow, to: string, text: string, workspace: string | null = null) {
  return from.request('send', { id: newMessageId(), contact: from.idOf(to), text, workspace });
}

/** Two who wrote to each other. For Carol a burst of messages is over when the test says so, and for Sam after a while. */
async function talking() {
  const { url } = await discovery();
  const bursts: (() => void)[] = [];
  const after: typeof systemClock.after = (ms, run) => {
    if (ms !== BURST_MS) return systemClock.after(ms, run);
    bursts.push(run);
    return () => void bursts.splice(bursts.indexOf(run), 1);
  };
  const clock = { ...systemClock, after };
  const [sam, carol] = await Promise.all([peer(), peer(installation(), { ...realParts, clock })]);
  await sam.request('goOnline', online(url, 'Sam'));
  await carol.request('goOnline', online(url, 'Carol'));
  const wanted = { acceptMessagesFrom: 'everyone', keepHistoryDays: 0, sendReadReceipts: true } as const;
  for (const each of [sam, carol])
    await each.request('configure', { ...wanted, sendTypingIndicator: true, localDiscovery: false });
  await sam.until('Carol is listed', () => sam.directory.people.length === 1);
  await sam.request('openConversation', { contact: sam.idOf('Carol'), limit: 1, byPerson: true });
  await write(sam, 'Carol', 'hello');
  await carol.until('it is there', () => carol.messages.size === 1);
  const [hello] = carol.messages.values();
  await write(carol, 'Sam', 'hi');
  await sam.until('the answer is there', () => sam.messages.size === 2);
  await carol.request('markRead', { contact: carol.idOf('Sam'), upTo: hello?.order ?? 0 });
  const endBursts = (): void => {
    for (const end of bursts.splice(0)) end();
  };
  return { sam, carol, endBursts };
}

describe('a peer', () => {
  it('has no account under an imported identity, and that of before under one that followed on it', async () => {
    const { url } = await discovery();
    const of = installation();
    const sam = await peer(of);
    await sam.request('goOnline', online(url, 'Sam'));
    const { account } = await sam.request('ownIdentity', {});
    assert.equal(account?.name, 'Sam');
    await sam.stop();
    const imported = await peer({ ...of, identityKey: exportPrivateKey(generateKeyPair()) });
    assert.equal((await imported.request('ownIdentity', {})).account, null);
    await imported.stop();
    const next = generateKeyPair();
    const successions = [makeSuccession(importPrivateKey(of.identityKey), next)];
    const successor = await peer({ ...of, identityKey: exportPrivateKey(next), successions });
    assert.deepEqual((await successor.request('ownIdentity', {})).account, account);
  });

  it('lets a contact see that its person is writing', async () => {
    const { sam, carol } = await talking();
    await carol.request('typing', { contact: carol.idOf('Sam') });
    await sam.until('Carol is writing', () => sam.writing.length === 1);
    assert.deepEqual(sam.writing, [sam.idOf('Carol')]);
  });

  it('notifies of a message that was deleted meanwhile, and of no word of it', async () => {
    const { sam, carol, endBursts } = await talking();
    await carol.request('attend', { focused: false, inView: [], notifying: [] });
    const { id: message } = await write(sam, 'Carol', 'my password');
    await carol.until('it is there', () => carol.messages.get(message)?.text === 'my password');
    const change = { kind: 'delete', message } as const;
    await sam.request('change', { id: newMessageId(), contact: sam.idOf('Carol'), change, workspace: null });
    await carol.until('it is deleted there too', () => carol.messages.get(message)?.text === null);
    endBursts();
    assert.deepEqual(
      carol.notifications.map(({ all }) => all),
      [{ count: 1, newest: null }],
    );
  });

  it('makes a new account once, and says so', async () => {
    const { url } = await discovery();
    const of = installation();
    const first = await peer(of);
    assert.deepEqual(await first.request('goOnline', online(url, 'Sam')), { accountCreated: true });
    await first.stop();
    const second = await peer(of);
    assert.deepEqual(await second.request('goOnline', online(url, 'Sam')), { accountCreated: false });
    assert.equal(second.status.kind, 'online');
  });

  it('is told that its key is lost, not that its name is somebody else’s, and may choose another name', async () => {
    const { url } = await discovery();
    const of = installation();
    const before = await peer(of);
    await before.request('goOnline', online(url, 'Sam'));
    await before.stop();
    const bereft = await peer({ ...of, identityKey: exportPrivateKey(generateKeyPair()) });
    await assert.rejects(bereft.request('goOnline', online(url, 'sam')), {
      code: 'identity-lost',
      message: /key of the account Sam is not in this VS Code any longer. Import/,
    });
    await bereft.request('goOnline', online(url, 'Sam-2'));
    await assert.rejects(bereft.request('goOnline', online(url, 'Sam')), { code: 'identity-has-other-name' });
  });

  it('is told when its name belongs to somebody else, and is offline then', async () => {
    const { url } = await discovery();
    const [sam, other] = [await peer(), await peer()];
    await sam.request('goOnline', online(url, 'Sam'));
    await assert.rejects(
      () => other.request('goOnline', online(url, 'sam')),
      (error) => error instanceof PeerError && error.code === 'name-taken',
    );
    assert.deepEqual(other.status, { kind: 'offline' });
  });

  it('says which server does not answer', async () => {
    const sam = await peer();
    await assert.rejects(
      () => sam.request('goOnline', online('http://127.0.0.1:9', 'Sam')),
      (error) =>
        error instanceof PeerError && error.code === 'server-unreachable' && error.message.includes(':9'),
    );
  });

  it('is one when two windows want it online at once', async () => {
    const { url } = await discovery();
    const sam = await peer();
    const both = [sam.request('goOnline', online(url, 'Sam')), sam.request('goOnline', online(url, 'Sam'))];
    assert.deepEqual(await Promise.all(both), [{ accountCreated: true }, { accountCreated: true }]);
  });

  it('stops waiting for a server that does not answer when it is told to go offline', async () => {
    // It takes all, or would not notice the end of what came with a request.
    const silent = createServer((socket) => socket.on('error', () => undefined).resume());
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    started({ stop: () => new Promise((stopped) => silent.close(() => stopped())) });
    const { port } = silent.address() as AddressInfo;
    const sam = await peer();
    const going = sam.request('goOnline', online(`http://127.0.0.1:${port}`, 'Sam'));
    await once(silent, 'connection');
    const refused = assert.rejects(
      going,
      (error) => error instanceof PeerError && error.code === 'not-online',
    );
    await sam.request('goOffline', {});
    await refused;
    assert.deepEqual(sam.status, { kind: 'offline' });
  });

  it('talks to another one, and to the same one again, without the discovery server', async () => {
    const { url, server, recorder } = await discovery();
    const carols = installation();
    const [sam, carol] = [await peer(), await peer(carols)];
    await sam.request('goOnline', online(url, 'Sam'));
    await carol.request('goOnline', online(url, 'Carol'));
    await sam.until('Sam sees Carol appear', () => sam.knows('Carol'));
    await sam.request('openConversation', { contact: sam.idOf('Carol'), limit: 50, byPerson: true });
    await write(sam, 'Carol', 'with a server');
    await carol.until('it arrives', () => carol.texts().length === 1);

    await recorder.stop();
    await server.stop();
    running.splice(0, 2);
    await write(sam, 'Carol', 'without one');
    await carol.until('it arrives', () => carol.texts().length === 2);

    await carol.stop();
    const again = await peer(carols);
    await assert.rejects(
      () => again.request('goOnline', online(url, 'Carol')),
      (error) => error instanceof PeerError && error.code === 'server-unreachable',
    );
    assert.equal(again.status.kind, 'problem');
    await again.request('openConversation', {
      contact: (await again.request('subscribe', {})).contacts[0]?.id ?? '',
      limit: 50,
      byPerson: true,
    });
    await write(again, 'Sam', 'on a new link');
    await sam.until('it arrives', () => sam.texts().includes('on a new link'));
  });

  it('delivers what it held, in order, once, when the other is back, also after a restart of its own', async () => {
    const { url } = await discovery();
    const [sams, carols] = [installation(), installation()];
    const workspace = temporaryFolder();
    const [sam, carol] = [await peer(sams), await peer(carols)];
    await carol.request('goOnline', online(url, 'Carol'));
    await sam.request('goOnline', online(url, 'Sam'));
    await sam.until('Sam sees Carol', () => sam.knows('Carol'));
    await sam.request('openConversation', { contact: sam.idOf('Carol'), limit: 50, byPerson: true });
    await carol.request('goOffline', {});
    await carol.stop();
    for (const text of ['one', 'two', 'three']) await write(sam, 'Carol', text, workspace);
    await sam.until('they are held', () => sam.states().every((state) => state === 'held'));
    await sam.stop();

    const samAgain = await peer(sams);
    await samAgain.request('goOnline', online(url, 'Sam'));
    const carolAgain = await peer(carols);
    await carolAgain.request('goOnline', online(url, 'Carol'));
    await carolAgain.until('all arrive', () => carolAgain.texts().length === 3);
    await samAgain.until(
      'all are delivered',
      () => samAgain.states().join() === 'delivered,delivered,delivered',
    );
    assert.deepEqual(carolAgain.texts(), ['one', 'two', 'three']);
    assert.ok([...carolAgain.messages.values()].every(({ held }) => held));
  });

  it('never lets the discovery server see a text, neither on the wire nor in its files', async () => {
    const { url, dataDir, recorder } = await discovery();
    const secret = 'the eagle flies at midnight';
    const [sam, carol] = [await peer(), await peer()];
    await sam.request('goOnline', online(url, 'Sam'));
    await carol.request('goOnline', online(url, 'Carol'));
    await sam.until('Sam sees Carol', () => sam.knows('Carol'));
    await sam.request('openConversation', { contact: sam.idOf('Carol'), limit: 50, byPerson: true });
    await write(sam, 'Carol', secret);
    await carol.until('it arrives', () => carol.texts().includes(secret));
    const heard = recorder.heard();
    assert.ok(heard.includes('"Carol"'), 'the recorder hears what is said');
    assert.ok(heard.includes('"sign-in"'), 'the recorder reads into frames');
    const stored = readdirSync(dataDir).map((file) => readFileSync(join(dataDir, file)));
    for (const bytes of [heard, ...stored]) {
      assert.ok(!bytes.includes(secret));
      assert.ok(!bytes.includes(Buffer.from(secret).toString('base64').slice(0, -4)));
    }
    assert.ok([...sam.log, ...carol.log].every((line) => !line.includes(secret)));
  });

  it('says that the chosen port is taken', async () => {
    const { url, server } = await discovery();
    const sam = await peer();
    await assert.rejects(
      () => sam.request('goOnline', { ...online(url, 'Sam'), listenPort: server.address.port }),
      (error) => error instanceof PeerError && error.code === 'port-taken',
    );
    assert.equal(sam.status.kind, 'offline');
  });

  it('goes offline, visibly, when the same identity goes online with another editor', async () => {
    const { url } = await discovery();
    const of = installation();
    const first = await peer(of);
    await first.request('goOnline', online(url, 'Sam'));
    const second = await peer({ ...of, globalStorage: temporaryFolder() });
    await second.request('goOnline', online(url, 'Sam'));
    await first.until('the first is told', () => first.status.kind === 'problem');
    assert.ok(first.status.kind === 'problem' && first.status.problem.code === 'signed-in-elsewhere');
  });

  it('stays offline after another editor took over, at every start, until the person goes online there', async () => {
    const { url } = await discovery();
    const of = installation();
    const first = await peer(of);
    await first.request('goOnline', online(url, 'Sam'));
    const second = await peer({ ...installation(), identityKey: of.identityKey });
    await second.request('goOnline', online(url, 'Sam'));
    await first.until('the first is told', () => first.status.kind === 'problem');
    const start = first.request('goOnline', { ...online(url, 'Sam'), byPerson: false });
    await assert.rejects(start, { code: 'signed-in-elsewhere' });
    await first.until('it stays so', () => first.status.kind === 'problem' && !first.status.retrying);
    assert.equal(second.status.kind, 'online');
    await first.request('goOnline', online(url, 'Sam'));
    await second.until('the second is told', () => second.status.kind === 'problem');
  });
});
