import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp, createServer, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { connect, type ConnectionOptions } from 'node:tls';
import { WebSocket } from 'ws';
import type { DeviceCredentials } from '@p2p-chat/protocol/certificates';
import { LINK_PATH, LINK_PROTOCOL, LinkClose } from '@p2p-chat/protocol/link';
import { Opcode, wsFrame } from '../../../discovery-server/test/attack/ws-frame.ts';
import { LISTENER_LIMITS } from '../../src/net/listener.ts';
import { makeDevice, pemCertificates } from '../support/devices.ts';
import { converse, conversePlainly, tlsOf } from '../support/raw-tls.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { keyThatClaims, type Spoiled, spoiledChain } from './certificates.ts';
import { openLink, type RawLink } from './raw-link.ts';
import { Victim } from './victim.ts';

/** Strangers at the door of a whole peer: what they show in TLS, how slowly they speak, how many they are. */

const MAX_LINKS_OF_ONE = LISTENER_LIMITS.channelsPerIdentity;

const GOOD_UPGRADE =
  `GET ${LINK_PATH} HTTP/1.1\r\nHost: peer\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n` +
  `Sec-WebSocket-Protocol: ${LINK_PROTOCOL}\r\n\r\n`;

/** Through a relay the discovery server bounds how many come, and from where, so crowds are none of these attacks; its own tests tell. */
const isAtThePort = Victim.through !== 'relay';
const atThePort = (name: string, suite: () => void): void => {
  if (isAtThePort) describe(name, suite);
};

let victim: Victim;
/** The first flight of an honest client. */
let greeting: Buffer;
before(async () => {
  victim = await Victim.start();
  greeting = await clientHello();
  if (!isAtThePort) return;
  await victim.measure(async () => {
    await holdHalfOpen(500);
    await crowd();
  });
});
// A filter may choose none of these tests.
after(() => (victim as Victim | undefined)?.stop());

/** Whatever is done to the victim, an honest user notices nothing of it. */
function attack(name: string, run: () => Promise<void>): void {
  test(name, async () => {
    await run();
    await victim.servesAnHonestUser();
    // Garbage goes after each attack: what the process grows by is then what attacks leave behind.
    await victim.memory();
  });
}

/** Shows this chain and asks for a link; TLS must end before one byte of an answer. */
async function hearsNothing(options: ConnectionOptions): Promise<void> {
  assert.equal(
    await converse(victim.port, { ...tlsOf(victim.mallory.credentials), ...options }, GOOD_UPGRADE),
    '',
  );
}

describe('a stranger is not heard who shows', () => {
  const chains: readonly [string, Spoiled][] = [
    ['a device that expired', { deviceValid: [-2, -1] }],
    ['an identity that expired', { identityValid: [-2, -1] }],
    ['a device that is not valid yet', { deviceValid: [1, 2] }],
    ['an identity that is not valid yet', { identityValid: [1, 2] }],
    ['a device that ends before it begins', { deviceValid: [1, -1] }],
    ['a device that ends in a thirteenth month', { deviceEnds: '491301000000Z' }],
    ['a device that ends at no time', { deviceEnds: 'xxxxxxxxxxxxx' }],
    ['an identity that ends at no time', { identityEnds: 'xxxxxxxxxxxxx' }],
    ['a device with an RSA key', { deviceKey: 'RSA' }],
    ['an identity with an RSA key', { identityKey: 'RSA' }],
    ['a device with a P-384 key', { deviceKey: 'P384' }],
    ['an identity with a P-384 key', { identityKey: 'P384' }],
    ['a device with an Ed25519 key', { deviceKey: 'ED25519' }],
    ['an identity with an Ed25519 key', { identityKey: 'ED25519' }],
    ['a device that may sign others', { deviceIsAuthority: true }],
    ['an identity that may not sign others', { identityIsAuthority: false }],
    ['a device that names another issuer', { deviceIssuer: 'CN=Somebody else' }],
    ['one certificate between device and identity', { between: 1 }],
    ['ten certificates between device and identity', { between: 10 }],
    ['a hundred certificates after the identity', { after: 100 }],
    ['a device certificate of half a megabyte', { ballast: 500_000 }],
  ];
  for (const [what, spoiled] of chains) {
    attack(what, async () => hearsNothing(await spoiledChain(spoiled)));
  }

  attack('no certificate', () => hearsNothing({ key: undefined, cert: undefined }));

  attack("another user's chain without its key", async () => {
    const [user, thief] = [await makeDevice(), await makeDevice()];
    await hearsNothing({
      cert: user.credentials.chain,
      key: keyThatClaims(user.deviceKey.publicKey, thief.deviceKey),
    });
  });

  attack('a device that its identity did not sign', async () => {
    const { credentials } = await makeDevice();
    const [leaf = ''] = pemCertificates(credentials.chain);
    const [, issuer = ''] = pemCertificates(victim.mallory.credentials.chain);
    await hearsNothing({ cert: leaf + issuer, key: credentials.key });
  });

  const handshakes: readonly [string, ConnectionOptions][] = [
    ['TLS 1.2', { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }],
    ['the ALPN of HTTP/2', { ALPNProtocols: ['h2'] }],
    ['an ALPN of a later version', { ALPNProtocols: ['p2p-chat/2'] }],
    ['no ALPN', { ALPNProtocols: undefined }],
  ];
  for (const [what, options] of handshakes) attack(what, () => hearsNothing(options));

  test('while the same chain without a fault is let in', async () => {
    const heard = await converseFor(await spoiledChain({}), GOOD_UPGRADE);
    assert.match(heard, /^HTTP\/1\.1 101 /);
  });
});

describe('a stranger is not heard who speaks', () => {
  const openings: readonly [string, string | Buffer][] = [
    ['plain HTTP', GOOD_UPGRADE],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['SSH', 'SSH-2.0-OpenSSH_9.9\r\n'],
    ['zeros', Buffer.alloc(100_000)],
    ['a TLS alert', Buffer.from('15030300020228', 'hex')],
  ];
  for (const [what, bytes] of openings) {
    attack(what, async () => {
      const heard = await conversePlainly(victim.port, bytes);
      // At most an alert of TLS (RFC 8446 §5.1: type 21, two bytes of version, two of length, two of content).
      assert.ok(heard === '' || (heard.length === 7 && heard.charCodeAt(0) === 21), heard);
    });
  }

  attack('the recorded handshake of somebody honest', async () => {
    const proxy = await startTcpProxy(victim.port);
    const recorded = proxy.record();
    const { credentials } = await makeDevice();
    const link = await openLink(proxy.port, credentials);
    link.socket.destroy();
    await proxy.stop();
    const heard = await conversePlainly(victim.port, Buffer.concat(recorded.near));
    // The answer of TLS to the hello, and then an alert that nothing fits; no request is ever read.
    assert.doesNotMatch(heard, /HTTP/);
    assert.ok(recorded.near.length > 1);
  });
});

atThePort('the listener goes on serving', () => {
  attack('while strangers drip a byte at a time at every step', async () => {
    const { credentials } = victim.mallory;
    const drips: Drip[] = [];
    for (let count = 0; count < 3; count += 1) {
      const [silent, beginning] = [1, 2].map(() => connectTcp(victim.port, '127.0.0.1'));
      const [request, headers] = [1, 2].map(() => connect(tlsTo(credentials)));
      if (!silent || !beginning || !request || !headers) continue;
      drips.push(new Drip(await open(silent, 'connect'), Buffer.alloc(0)));
      drips.push(new Drip(await open(beginning, 'connect'), greeting));
      drips.push(new Drip(await open(request, 'secureConnect'), Buffer.from(GOOD_UPGRADE)));
      drips.push(new Drip(await open(headers, 'secureConnect'), Buffer.from('X-Header: x\r\n'.repeat(20))));
      headers.write(GOOD_UPGRADE.slice(0, -2));
    }
    const halfFrames: RawLink[] = [];
    for (let count = 0; count < 3; count += 1) {
      // Without an answer to pings, which would lie within the half frame and end it.
      const link = await openLink(victim.port, credentials, { autoPong: false });
      drips.push(new Drip(link.socket, wsFrame(Opcode.text, ' '.repeat(500))));
      halfFrames.push(link);
    }
    const dripping = setInterval(() => {
      for (const drip of drips) drip.next();
    }, 200);
    await victim.servesAnHonestUser();
    await Promise.all(drips.map(({ closed }) => closed));
    clearInterval(dripping);
    for (const link of halfFrames) {
      const { code, reason } = await link.closed();
      assert.deepEqual([code, reason], [LinkClose.protocolError, 'no hello in time']);
    }
  });

  attack('while five hundred connections stay half open', async () => {
    await holdHalfOpen(500);
  });

  attack('after 10,000 connections in a row', async () => {
    for (let thousand = 0; thousand < 10; thousand += 1) {
      await knock(1_000);
      await victim.servesAnHonestUser();
    }
  });

  attack('after 300 handshakes that end with nothing', async () => {
    for (let count = 0; count < 300; count += 1) {
      const socket = connect(tlsTo(victim.mallory.credentials)).on('error', () => undefined);
      await openOrOver(socket, 'secureConnect');
      socket.destroy();
    }
  });

  attack('after 200 links of people whom nobody knows', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { credentials } = await makeDevice();
      for (let count = 0; count < 20; count += 1) {
        const link = await openLink(victim.port, credentials);
        assert.equal((await link.closed()).code, LinkClose.unavailable);
      }
    }
  });

  attack('while somebody with an account takes all the links that they can', async () => {
    const links = [];
    for (let count = 0; count < 60; count += 1) {
      links.push(await openLink(victim.port, victim.mallory.credentials));
    }
    await victim.servesAnHonestUser();
    assert.equal(links.at(-1)?.ws.readyState, WebSocket.OPEN);
    await Promise.all(links.slice(0, -MAX_LINKS_OF_ONE).map(({ closed }) => closed()));
    for (const { socket } of links) socket.destroy();
  });
});

describe('afterwards', () => {
  test('nothing of anybody else is stored', () => victim.keptNothingOfAnybodyElse());
});

atThePort('after crowds', () => {
  test('a handshake has left nothing', async () => {
    const handshakes = 1_000;
    const before = (await victim.memory()).process;
    for (let count = 0; count < handshakes; count += 1) await handshake();
    const bytes = ((await victim.memory()).process - before) / handshakes;
    // A certificate is more; what an allocator takes by chance is less.
    assert.ok(bytes < 2_000, `${Math.round(bytes)} bytes for each`);
  });

  test('memory is what it was', () => victim.forgotTheAttack(crowd));
});

/** Many who come and go, in TCP, in TLS and on links. */
async function crowd(): Promise<void> {
  await knock(1_000);
  for (let count = 0; count < 100; count += 1) {
    const link = await openLink(victim.port, victim.mallory.credentials);
    link.say('no frame');
    await link.closed();
  }
}

/** Somebody honest is served while so many connections say nothing. */
async function holdHalfOpen(count: number): Promise<void> {
  const sockets = await Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connectTcp(victim.port, '127.0.0.1');
      socket.on('error', () => undefined).resume();
      await openOrOver(socket, 'connect');
      return socket;
    }),
  );
  await victim.servesAnHonestUser();
  for (const socket of sockets) socket.destroy();
}

/** Says its bytes one by one, for ever if it may. */
class Drip {
  readonly closed: Promise<unknown>;
  readonly #socket: Socket;
  readonly #bytes: Buffer;
  #at = 0;

  constructor(socket: Socket, bytes: Buffer) {
    this.#socket = socket;
    this.#bytes = bytes;
    // A byte that comes as the other end closes makes the system reset the connection: an end like any other.
    this.closed = new Promise((resolve) => socket.once('close', resolve));
  }

  next(): void {
    if (this.#at < this.#bytes.length && this.#socket.writable) {
      this.#socket.write(this.#bytes.subarray(this.#at, this.#at + 1));
    }
    this.#at += 1;
  }
}

/** How a connection in a row ends, from the commonest: it is reset, closed with or without a word, or has done TLS. */
const KNOCKS: readonly (() => Promise<void>)[] = [
  () => plainKnock((socket) => socket.resetAndDestroy()),
  () => plainKnock((socket) => socket.end()),
  () => plainKnock((socket) => socket.end(GOOD_UPGRADE)),
  () => plainKnock((socket) => socket.end(greeting)),
];

/** So many connections, one after the other; each fiftieth is a whole handshake. */
async function knock(times: number): Promise<void> {
  for (let count = 1; count <= times; count += 1) {
    if (count % 50 === 0) await handshake();
    else await KNOCKS[count % KNOCKS.length]?.();
  }
}

/** Connects, ends as `end` says, and is over once the listener has closed too. */
async function plainKnock(end: (socket: Socket) => void): Promise<void> {
  const socket = connectTcp(victim.port, '127.0.0.1')
    .on('error', () => undefined)
    .resume();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.once('connect', () => end(socket));
  await closed;
}

/** A whole handshake of somebody with an account, and then nothing. */
async function handshake(): Promise<void> {
  const socket = connect(tlsTo(victim.mallory.credentials))
    .on('error', () => undefined)
    .resume();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.once('secureConnect', () => socket.end());
  await closed;
}

function tlsTo(credentials: DeviceCredentials): ConnectionOptions {
  return { host: '127.0.0.1', port: victim.port, ...tlsOf(credentials) };
}

/** Until it is open, or has ended in whatever way. */
function openOrOver(socket: Socket, event: 'connect' | 'secureConnect'): Promise<unknown> {
  return new Promise((resolve) => socket.once(event, resolve).once('close', resolve));
}

async function open<S extends Socket>(socket: S, event: 'connect' | 'secureConnect'): Promise<S> {
  socket.on('error', () => undefined).resume();
  await once(socket, event);
  return socket;
}

/** What a client says first, as somebody who listens gets it. */
async function clientHello(): Promise<Buffer> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const client = connect({ ...tlsTo(victim.mallory.credentials), port }).on('error', () => undefined);
  const [socket] = (await once(server, 'connection')) as [Socket];
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return bytes;
}

/** The first answer to a request over TLS. */
async function converseFor(options: ConnectionOptions, text: string): Promise<string> {
  const socket = await open(connect({ ...tlsTo(victim.mallory.credentials), ...options }), 'secureConnect');
  socket.write(text);
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return bytes.toString('latin1');
}
