import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import { RELAY_PROTOCOL } from '@p2p-chat/protocol/discovery';
import { fingerprintOf, type KeyPair } from '@p2p-chat/protocol/identity';
import { LINK_ALPN, type LinkFrame } from '@p2p-chat/protocol/link';
import { type DiscoveryServer, startDiscoveryServer } from '../../../discovery-server/src/server.ts';
import { type Channel, type Directory, DirectoryUnavailable } from '../../src/core/net-ports.ts';
import { register } from '../../src/net/discovery-http.ts';
import { createDirectorySession } from '../../src/net/discovery-session.ts';
import { LISTENER_LIMITS } from '../../src/net/listener.ts';
import { openRelay } from '../../src/net/relay-stream.ts';
import { plainAccess } from '../../src/net/server-access.ts';
import { makeDevice, type TestDevice } from '../support/devices.ts';
import { EventLog } from '../support/event-log.ts';
import { steadyRandom, systemClock } from '../support/system-clock.ts';
import { temporaryFolder } from '../support/temporary.ts';
import type { Meddling } from '../support/tcp-proxy.ts';
import { channelContract, ending, record } from './channel.contract.ts';
import { connected, recordDirectory } from './directory.contract.ts';
import { localDialer, never, noLog } from './link-world.ts';
import { openRelayedLink, relayListener, startRelayedPair } from './relay-world.ts';

channelContract('through a relay', () => openRelayedLink());

const read = (id: number): LinkFrame => ({
  type: 'read',
  id: `019bb9c1-3a00-7a3e-8f00-${String(id).padStart(12, '0')}`,
});

describe('a link through a relay', () => {
  it('knows that it is one, at both ends, and who is at the other', async () => {
    const pair = await startRelayedPair();
    try {
      const near = await pair.dial();
      const far = await pair.channels.first(() => true);
      assert.deepEqual(
        [near.path, far.path, near.endpoint, near.dialled, far.dialled],
        ['relayed', 'relayed', null, true, false],
      );
      assert.equal(near.identity, pair.carol.credentials.identity);
      assert.equal(far.device, pair.sam.credentials.device);
      assert.ok(pair.relay.carried().includes(LINK_ALPN));
      assert.ok(!pair.relay.carried().includes(near.identity));
    } finally {
      await pair.stop();
    }
  });

  it('comes about with nobody but the identity that was dialled, whomever the relay joins', async () => {
    const pair = await startRelayedPair();
    const met = new EventLog<Channel>();
    const eve = relayListener(await makeDevice(), met);
    try {
      await assert.rejects(pair.dial(eve), /somebody else/);
      assert.equal(met.all.length, 0);
    } finally {
      await eve.stop();
      await pair.stop();
    }
  });

  /** What a relay may do to the nth message from one end; each ends the link, and nothing wrong comes of it. */
  const deeds: readonly [string, (n: number) => Meddling][] = [
    ['drops a message', (n) => nth(n, () => [])],
    ['repeats a message', (n) => nth(n, (piece) => [piece, piece])],
    ['flips a bit', (n) => nth(n, (piece) => [flipped(piece)])],
    ['adds a byte', (n) => nth(n, (piece) => [Buffer.concat([piece, Buffer.from([0])])])],
    ['swaps two messages', (n) => swapping(n)],
  ];
  for (const [what, deed] of deeds) {
    it(`whose relay ${what} ends, and brings what was sent in order until then`, async () => {
      for (const n of [0, 3]) {
        const link = await openRelayedLink();
        const { near, far, relay } = link;
        try {
          const [atNear, atFar] = [record(near), record(far)];
          near.send(read(0));
          await atFar.count(1);
          relay.meddle(deed(n));
          for (let id = 1; id <= 10; id += 1) {
            near.send(read(id));
            // Each in a message of its own.
            await new Promise(setImmediate);
          }
          await ending(atFar);
          await ending(atNear);
          const frames = atFar.all.flatMap((event) => (event.kind === 'frame' ? [event.frame] : []));
          assert.deepEqual(
            frames,
            Array.from(frames, (_, id) => read(id)),
          );
          assert.ok(frames.length <= 10);
        } finally {
          await link.stop();
        }
      }
    });
  }

  it('whose relay delays and cuts what it carries into pieces is as ever', async () => {
    const link = await openRelayedLink();
    const { near, far, relay } = link;
    try {
      record(near);
      const atFar = record(far);
      relay.meddle((piece) => [...piece].map((byte) => Buffer.from([byte])));
      for (let id = 0; id < 20; id += 1) near.send(read(id));
      await atFar.count(20);
    } finally {
      await link.stop();
    }
  });

  it('whose relay ends it at whatever byte is at an end, and leaves nothing behind', async () => {
    for (const bytes of [0, 1, 5, 100, 400, 900, 1_500, 2_000, 2_500, 3_000, 4_000]) {
      const pair = await startRelayedPair();
      let left = bytes;
      pair.relay.meddle((piece) => {
        const part = piece.subarray(0, left);
        left -= part.length;
        if (left <= 0) setImmediate(() => pair.relay.cut());
        return [part];
      });
      const near = await pair.dial().catch(() => null);
      if (near !== null) {
        const atNear = record(near);
        for (let id = 0; id < 100; id += 1) near.send(read(id));
        assert.equal((await ending(atNear)).code, 1006);
      }
      await pair.stop();
    }
  });

  it('whose relay says something of its own ends', async () => {
    for (const word of ['hello', Buffer.from('hello'), Buffer.alloc(70_000)]) {
      const link = await openRelayedLink();
      const { near, far, relay } = link;
      const [atNear, atFar] = [record(near), record(far)];
      relay.say(word);
      await Promise.all([ending(atNear), ending(atFar)]);
      await link.stop();
    }
  });

  it('ends with its listener', async () => {
    const link = await openRelayedLink();
    const { near } = link;
    const atNear = record(near);
    await link.stop();
    assert.equal((await ending(atNear)).code, 4000);
  });

  it('takes no more places than one address: of those who stall, the oldest goes', async () => {
    const pair = await startRelayedPair();
    try {
      const enter = () =>
        openRelay({ access: pair.relay.access, ticket: 'any', clock: systemClock, signal: never });
      const most = LISTENER_LIMITS.handshakesPerAddress;
      const stalling = [];
      for (let joined = 0; joined <= most; joined += 1) {
        const [theirs, ours] = [await enter(), await enter()];
        pair.listener.join(ours);
        stalling.push(theirs);
      }
      const [oldest, ...rest] = stalling;
      await new Promise((resolve) => oldest?.resume().once('close', resolve));
      assert.ok(rest.every(({ destroyed }) => !destroyed));
      assert.equal((await pair.dial()).path, 'relayed');
      for (const stream of rest) stream.destroy();
    } finally {
      await pair.stop();
    }
  });
});

/** Somebody who is signed in, and takes whoever comes through the relay. */
interface Client {
  readonly device: TestDevice;
  readonly directory: Directory;
  readonly channels: EventLog<Channel>;
  stop(): Promise<void>;
}

async function clientOf(url: URL, name: string): Promise<Client> {
  const device = await makeDevice();
  const { identityKey, credentials } = device;
  const access = plainAccess(url);
  await register({ access, name, identityKey, successions: [], joinCode: null, clock: systemClock });
  const channels = new EventLog<Channel>();
  const listener = relayListener(device, channels);
  const dialer = localDialer({ credentials, clock: systemClock });
  const directory = createDirectorySession({
    server: url,
    access,
    look: () => Promise.resolve(access),
    refused: () => undefined,
    through: (...wanted) => dialer.through(...wanted),
    joined: (stream) => listener.join(stream),
    identityKey,
    device: credentials.device,
    takeOver: true,
    clock: systemClock,
    random: steadyRandom,
    log: noLog,
  });
  await connected(recordDirectory(directory));
  const stop = async (): Promise<void> => {
    await directory.stop(true);
    await listener.stop();
  };
  return { device, directory, channels, stop };
}

async function serverWith(
  limits: Parameters<typeof startDiscoveryServer>[0]['limits'],
): Promise<DiscoveryServer> {
  const logger = pino({ level: 'silent' });
  const options = { host: '127.0.0.1', port: 0, dataDir: temporaryFolder(), logger };
  return startDiscoveryServer(limits === undefined ? options : { ...options, limits });
}

describe('a session with a discovery server', () => {
  it('leads through its relay to whoever is there, and to nobody who is not', async () => {
    const server = await serverWith(undefined);
    const url = new URL(server.url);
    const [sam, carol] = [await clientOf(url, 'Sam'), await clientOf(url, 'Carol')];
    try {
      assert.deepEqual(sam.directory.offers, { dialBack: true, relay: true });
      const near = await sam.directory.relay(carol.device.credentials.identity, never);
      const far = await carol.channels.first(() => true);
      const [atNear, atFar] = [record(near), record(far)];
      near.send(read(1));
      far.send(read(2));
      await Promise.all([atNear.count(1), atFar.count(1)]);
      near.close(4000, 'enough');
      assert.equal((await ending(atFar)).code, 4000);
      const nobody = fingerprintOf((await strangersKey()).publicKey);
      await assert.rejects(sam.directory.relay(nobody, never), DirectoryUnavailable);
      const abort = new AbortController();
      const waiting = sam.directory.relay(carol.device.credentials.identity, abort.signal);
      abort.abort();
      await assert.rejects(waiting);
    } finally {
      await Promise.all([sam.stop(), carol.stop()]);
      await server.stop();
    }
  });

  it('knows of none where the server has none', async () => {
    const server = await serverWith({ relays: 0 });
    const sam = await clientOf(new URL(server.url), 'Sam');
    try {
      assert.deepEqual(sam.directory.offers, { dialBack: true, relay: false });
    } finally {
      await sam.stop();
      await server.stop();
    }
  });
});

describe('a stream through a relay', () => {
  it('is read no faster than it is taken, and written no faster than it goes', async () => {
    const bytes = randomBytes(24 * 1024 * 1024);
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => RELAY_PROTOCOL });
    await once(server, 'listening');
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const joined = once(server, 'connection');
    const access = plainAccess(new URL(`http://127.0.0.1:${port}`));
    const stream = await openRelay({ access, ticket: 'any', clock: systemClock, signal: never });
    const [socket] = (await joined) as [WebSocket];
    socket.pause();
    for (let at = 0; at < bytes.length; at += 60_000) socket.send(bytes.subarray(at, at + 60_000));
    for (let before = -1; before !== socket.bufferedAmount;) {
      before = socket.bufferedAmount;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.ok(socket.bufferedAmount > bytes.length / 4, 'most of it is still where it came from');
    assert.ok(stream.readableLength < 1024 * 1024, `${stream.readableLength} bytes piled up`);

    let isFull = false;
    for (let at = 0; at < bytes.length; at += 100_000)
      isFull = !stream.write(bytes.subarray(at, at + 100_000)) || isFull;
    assert.ok(isFull);
    const back: Buffer[] = [];
    socket.on('message', (data: Buffer) => back.push(data));
    socket.resume();
    const there: Buffer[] = [];
    let left = bytes.length;
    for await (const piece of stream as AsyncIterable<Buffer>) {
      there.push(piece);
      left -= piece.length;
      if (left === 0) stream.end();
    }
    assert.ok(Buffer.concat(there).equals(bytes));
    if (socket.readyState !== socket.CLOSED) await once(socket, 'close');
    assert.equal(Buffer.concat(back).length, bytes.length);
    assert.ok(Buffer.concat(back).equals(bytes));
    server.close();
  });
});

async function strangersKey(): Promise<KeyPair> {
  return (await makeDevice()).identityKey;
}

function flipped(piece: Buffer): Buffer {
  const copy = Buffer.from(piece);
  copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
  return copy;
}

/** Does something with the nth message from the near end, and passes all others. */
function nth(n: number, deed: (piece: Buffer) => Buffer[]): Meddling {
  let count = 0;
  return (piece, from) => {
    if (from === 'far' || count++ !== n) return [piece];
    return deed(piece);
  };
}

function swapping(n: number): Meddling {
  let kept: Buffer | null = null;
  let count = 0;
  return (piece, from) => {
    if (from === 'far') return [piece];
    if (count++ === n) {
      kept = piece;
      return [];
    }
    const pieces = kept === null ? [piece] : [piece, kept];
    kept = null;
    return pieces;
  };
}
