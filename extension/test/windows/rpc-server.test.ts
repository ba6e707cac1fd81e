import assert from 'node:assert/strict';
import { existsSync, statSync, symlinkSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createMessageConnection, ResponseError, type MessageConnection } from 'vscode-jsonrpc/node';
import type { Status } from '../../src/peer-api.ts';
import { FrameReader, FrameWriter } from '../../src/peer/framing.ts';
import { greetingRequests, makeNonce, makeProof } from '../../src/peer/greeting.ts';
import { publishRendezvous, type Rendezvous } from '../../src/peer/rendezvous.ts';
import { startRpcServer, type RpcServer, type RpcServerOptions } from '../../src/peer/rpc-server.ts';
import { socketPath } from '../../src/peer/socket-path.ts';
import type { PeerService, PushTo } from '../../src/peer/service-types.ts';
import { MAX_GREETING_BYTES } from '../../src/peer/wire.ts';
import { HandedOver, NotConnected, reachOwner } from '../../src/windows/greet.ts';
import type { Session } from '../../src/windows/session.ts';
import { atEnd, testFolder } from './cleanup.ts';
import { createFakeService, journalOf } from './fixtures/fake-service.ts';
import { carol, offline } from './fixtures/people.ts';

const isWindows = process.platform === 'win32';

interface Owner {
  readonly folder: string;
  readonly rendezvous: Rendezvous;
  readonly server: RpcServer;
}

async function startOwner(changes: Partial<RpcServerOptions> = {}): Promise<Owner> {
  const folder = testFolder();
  const rendezvous = publishRendezvous(folder, isWindows ? socketPath(folder) : join(folder, 'peer.sock'));
  const keys = { identityKey: 'i', deviceKey: 'd', successions: [], proxy: { noProxy: [] } };
  const service = await createFakeService({ globalStorage: folder, version: '1.0.0', ...keys });
  const fail = (error: Error): void => assert.fail(error);
  const server = await startRpcServer({
    rendezvous,
    version: '1.0.0',
    service,
    onHandOver: () => undefined,
    onRestart: () => undefined,
    onError: fail,
    ...changes,
  });
  atEnd(() => server.close());
  return { folder, rendezvous, server };
}

const reach = (globalStorage: string, version = '1.0.0'): ReturnType<typeof reachOwner> =>
  reachOwner({ globalStorage, version }, new AbortController().signal);

/** Every push of one kind from now on, and a wait for a number of them. */
function collect(session: Session): {
  texts: string[];
  closed: Promise<void>;
  until(n: number): Promise<void>;
} {
  const texts: string[] = [];
  let check = (): void => undefined;
  const closed = new Promise<void>((resolve) => {
    session.bind({
      push: (name, value) => {
        texts.push(name === 'log' && 'text' in value ? value.text : `${name} ${JSON.stringify(value)}`);
        check();
      },
      handedOver: () => {
        texts.push('handed over');
        check();
      },
      heard: () => undefined,
      malformed: (what) => assert.fail(what),
      closed: resolve,
    });
  });
  const until = (n: number): Promise<void> =>
    new Promise((resolve) => {
      check = () => texts.length >= n && resolve();
      check();
    });
  return { texts, closed, until };
}

async function stranger({ rendezvous }: Owner): Promise<{ socket: Socket; connection: MessageConnection }> {
  const socket = connect({ path: rendezvous.address });
  await once(socket, 'connect');
  const connection = createMessageConnection(
    new FrameReader(socket, 1 << 20),
    new FrameWriter(socket, 1 << 20),
  );
  connection.listen();
  return { socket, connection };
}

describe('the local socket', () => {
  it('is private, and gone when the server is closed', { skip: isWindows }, async () => {
    const { rendezvous, server } = await startOwner();
    assert.equal(statSync(rendezvous.address).mode & 0o777, 0o600);
    assert.equal(existsSync(`${rendezvous.address}.new`), false);
    await server.close();
    assert.equal(existsSync(rendezvous.address), false);
  });

  it('serves requests, and errors as problems without their details', async () => {
    const { folder } = await startOwner();
    const { session, snapshot } = await reach(folder);
    assert.equal(snapshot.status.kind, 'online');
    const pushes = collect(session);
    const options = {
      server: 's',
      name: 'Sam',
      listenHost: '',
      listenPort: 0,
      joinCode: null,
      byPerson: true,
      serverKey: null,
    };
    assert.deepEqual(await session.request('goOnline', options), { accountCreated: true });
    await assert.rejects(session.request('goOnline', { ...options, name: 'taken' }), {
      name: 'PeerError',
      code: 'name-taken',
      message: 'This name belongs to somebody else.',
    });
    await assert.rejects(session.request('goOnline', { ...options, name: 'unknown-server' }), {
      code: 'server-unknown',
      serverKey: carol.id,
    });
    await assert.rejects(session.request('goOnline', { ...options, name: 'broken' }), (error: Error) => {
      assert.ok('code' in error && error.code === 'internal');
      return !error.message.includes('for the log only');
    });
    await assert.rejects(session.request('goOnline', { ...options, listenPort: -1 }), { code: 'internal' });
    await pushes.until(2);
    assert.match(pushes.texts[0] ?? '', /goOnline failed: .*details for the log only/);
    assert.match(pushes.texts[1] ?? '', /goOnline is malformed/);
    session.close();
  });

  it('says what is too long before it is sent, and stays open', async () => {
    const { folder } = await startOwner();
    const { session } = await reach(folder);
    const text = 'x'.repeat(5_000_000);
    const send = session.request('send', { id: 'x', contact: carol.id, text, workspace: null });
    await assert.rejects(send, { name: 'PeerError', code: 'text-too-long' });
    await session.request('goOffline', {});
    session.close();
  });

  it('tells the service when a window is gone', async () => {
    const { folder } = await startOwner();
    const { session } = await reach(folder);
    session.close();
    while (!journalOf(folder).some((line) => line.endsWith('window closed'))) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
});

describe('a sign of life', () => {
  it('tells each window its place among those that are there', async () => {
    const { folder } = await startOwner();
    const sessions = [await reach(folder), await reach(folder), await reach(folder)].map(
      ({ session }) => session,
    );
    const places = (): Promise<unknown[]> => Promise.all(sessions.map((session) => session.ask('ping', {})));
    assert.deepEqual(await places(), [{ place: 0 }, { place: 1 }, { place: 2 }]);
    sessions.shift()?.close();
    while (!journalOf(folder).some((line) => line.endsWith('window closed'))) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(await places(), [{ place: 0 }, { place: 1 }]);
    for (const session of sessions) session.close();
  });
});

describe('the proof', () => {
  it('is wanted of a window before anything else', async () => {
    for (const method of ['subscribe', 'hand-over', 'prove', 'goOffline']) {
      const { socket, connection } = await stranger(await startOwner());
      const closed = once(socket, 'close');
      await assert.rejects(connection.sendRequest(method, {}), ResponseError);
      await closed;
      connection.dispose();
    }
  });

  it('is refused when it is wrong, and the connection ends', async () => {
    const { socket, connection } = await stranger(await startOwner());
    const closed = once(socket, 'close');
    await connection.sendRequest('greet', { nonce: makeNonce(), version: '1.0.0' });
    await assert.rejects(connection.sendRequest('prove', { proof: makeNonce() }), /wrong/);
    await closed;
    connection.dispose();
  });

  it('is wanted of the owner too', { skip: isWindows }, async () => {
    const owner = await startOwner();
    const other = testFolder();
    const link = join(other, 'peer.sock');
    publishRendezvous(other, link); // Another installation's secret, and an address where this one's owner is.
    symlinkSync(owner.rendezvous.address, link);
    await assert.rejects(reach(other), (error) => {
      assert.ok(error instanceof NotConnected && error.reached);
      return error.message.includes('does not know the secret');
    });
  });

  it('is waited for with little memory: too large a message ends the connection', async () => {
    for (const bytes of [
      header(MAX_GREETING_BYTES + 1),
      header(0xffffffff),
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    ]) {
      const { socket, connection } = await stranger(await startOwner());
      const closed = once(socket, 'close');
      socket.write(bytes);
      await closed;
      connection.dispose();
    }
  });

  it('ends the connection on what is no message', async () => {
    const texts = ['null', '[]', '{', '{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":null}}'];
    for (const text of texts) {
      const { socket, connection } = await stranger(await startOwner());
      const closed = once(socket, 'close');
      socket.write(Buffer.concat([header(text.length), Buffer.from(text)]));
      await closed;
      connection.dispose();
    }
  });
});

function header(length: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
}

describe('pushes', () => {
  it('come in order, to those who subscribed', async () => {
    const { folder } = await startOwner();
    const [one, other] = [await reach(folder), await reach(folder)];
    const [mine, theirs] = [collect(one.session), collect(other.session)];
    await one.session.request('markRead', { contact: carol.id, upTo: 500 });
    await Promise.all([mine.until(500), theirs.until(500)]);
    const expected = Array.from({ length: 500 }, (_, i) => `push ${i}`);
    assert.deepEqual(mine.texts, expected);
    assert.deepEqual(theirs.texts, expected);
    one.session.close();
    other.session.close();
  });

  it('follow the snapshot without a gap and without one twice', async () => {
    let count = 0;
    let running = true;
    const subscribers = new Map<object, PushTo>();
    const status = (): Status => ({ kind: 'connecting', name: 'Sam', server: String(count) });
    const service: PeerService = {
      ...(await createFakeService({
        globalStorage: testFolder(),
        version: '1',
        identityKey: '',
        deviceKey: '',
        successions: [],
        proxy: { noProxy: [] },
      })),
      request: () => {
        const snapshot = { ...offline, status: status() };
        // The answer takes its time; what changes meanwhile is in no snapshot.
        return new Promise((resolve) => setImmediate(() => setImmediate(() => resolve(snapshot as never))));
      },
      subscribe: (deliver, window) => {
        subscribers.set(window, deliver);
        return () => void subscribers.delete(window);
      },
    };
    const tick = (): void => {
      count++;
      for (const deliver of subscribers.values()) deliver('status', status());
      if (running) setImmediate(tick);
    };
    tick();
    const { folder } = await startOwner({ service });
    for (let trial = 0; trial < 20; trial++) {
      const { session, snapshot } = await reach(folder);
      const pushes = collect(session);
      await pushes.until(20);
      const first = Number(snapshot.status.kind === 'connecting' ? snapshot.status.server : NaN);
      const seen = pushes.texts.map((text) => Number(/"server":"(\d+)"/.exec(text)?.[1]));
      assert.deepEqual(
        seen,
        seen.map((_, i) => first + 1 + i),
      );
      session.close();
    }
    running = false;
  });

  it('and answers that came before the end are heard, however many they are', async () => {
    const owner: Owner = await startOwner({ onRestart: () => void owner.server.close() });
    const { session } = await reach(owner.folder);
    const { texts, closed } = collect(session);
    await Promise.all([
      session.request('markRead', { contact: carol.id, upTo: 50 }),
      session.request('restart', {}),
    ]);
    await closed;
    assert.equal(texts.length, 50);
  });

  it('are dropped together with a window that does not read them', async () => {
    const owner = await startOwner({ maxBacklogBytes: 200_000 });
    const reader = await reach(owner.folder);
    const pushes = collect(reader.session);
    const { socket, connection } = await stranger(owner);
    const nonce = makeNonce();
    const { result } = greetingRequests.greet;
    const greeted = result.parse(await connection.sendRequest('greet', { nonce, version: '1.0.0' }));
    const nonces = { window: nonce, server: greeted.nonce };
    await connection.sendRequest('prove', { proof: makeProof(owner.rendezvous.secret, 'window', nonces) });
    await connection.sendRequest('subscribe', {});
    socket.pause();
    for (let i = 0; i < 30; i++) await reader.session.request('markRead', { contact: carol.id, upTo: 500 });
    assert.equal(pushes.texts.filter((text) => text.startsWith('push ')).length, 15_000);
    assert.ok(pushes.texts.includes('A window does not read what it is told and was disconnected.'));
    const closed = once(socket, 'close');
    socket.resume();
    await closed;
    connection.dispose();
    reader.session.close();
  });
});

describe('handing over', () => {
  it('is for newer windows only', async () => {
    const handed: string[] = [];
    const { folder } = await startOwner({ onHandOver: (version) => handed.push(version) });
    const same = await reach(folder, '1.0.0');
    const older = await reach(folder, '0.9.0');
    await assert.rejects(older.session.ask('hand-over', {}), ResponseError);
    assert.deepEqual(handed, []);
    same.session.close();
    older.session.close();
  });

  it('stops the owner after the answer, and tells every other window', async () => {
    const handed: string[] = [];
    const owner = await startOwner({
      version: '1.9.0',
      onHandOver: (version) => {
        handed.push(version);
        void owner.server.close();
      },
    });
    const older = await reach(owner.folder, '1.9.0');
    const pushes = collect(older.session);
    await assert.rejects(reach(owner.folder, '1.10.0'), HandedOver);
    await pushes.closed;
    assert.deepEqual(pushes.texts, ['handed over']);
    assert.deepEqual(handed, ['1.10.0']);
  });
});
