import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect } from 'node:tls';
import { test } from 'node:test';
import type { DeviceCredentials } from '@p2p-chat/protocol/certificates';
import { MAX_LINK_FRAME_BYTES } from '@p2p-chat/protocol/limits';
import { LINK_PATH, LINK_PROTOCOL, LinkClose } from '@p2p-chat/protocol/link';
import { makeDevice, pemCertificates } from '../support/devices.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { converse, conversePlainly, openRawLink, tlsOf } from '../support/raw-tls.ts';
import { systemClock } from '../support/system-clock.ts';
import { ending, record } from './channel.contract.ts';
import { localDialer, never, startListening } from './link-world.ts';

/** What a listener does with those who do not do as they should. */

const upgrade = (path: string, protocol: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: peer\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n` +
  `Sec-WebSocket-Protocol: ${protocol}\r\n\r\n`;
const goodUpgrade = upgrade(LINK_PATH, LINK_PROTOCOL);

const stranger = await makeDevice();
const another = await makeDevice();
const { credentials } = stranger;
const [leaf = '', issuer = ''] = pemCertificates(credentials.chain);
const [anotherLeaf = '', anotherIssuer = ''] = pemCertificates(another.credentials.chain);
const honest = tlsOf(credentials);

const refusedInTls: readonly [string, object][] = [
  ['no certificate', { key: undefined, cert: undefined }],
  ['a device certificate without its identity', { cert: leaf }],
  ['a device that another identity signed', { cert: leaf + anotherIssuer }],
  ['an identity certificate in the place of a device', { key: another.credentials.key, cert: anotherLeaf }],
  ['a third certificate', { cert: leaf + issuer + anotherIssuer }],
  ['an identity sent twice', { cert: leaf + issuer + issuer }],
  ['TLS 1.2', { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }],
  ['another ALPN', { ALPNProtocols: ['http/1.1'] }],
  ['no ALPN', { ALPNProtocols: undefined }],
];

for (const [what, spoiled] of refusedInTls) {
  test(`a stranger with ${what} hears nothing`, async () => {
    const listening = await startListening();
    const heard = await converse(listening.port, { ...honest, ...spoiled }, goodUpgrade);
    await listening.stop();
    assert.equal(heard, '');
    assert.equal(listening.channels.all.length, 0);
  });
}

test('plain HTTP hears nothing but the alert of TLS', async () => {
  const listening = await startListening();
  const heard = await conversePlainly(listening.port, goodUpgrade);
  await listening.stop();
  assert.doesNotMatch(heard, /HTTP/);
  assert.equal(listening.channels.all.length, 0);
});

const notFound: readonly [string, string][] = [
  ['another path', upgrade('/', LINK_PROTOCOL)],
  ['a path with a query', upgrade(`${LINK_PATH}?x`, LINK_PROTOCOL)],
  ['another subprotocol', upgrade(LINK_PATH, 'chat')],
  ['no upgrade', `GET ${LINK_PATH} HTTP/1.1\r\nHost: peer\r\n\r\n`],
  ['a body', 'POST / HTTP/1.1\r\nHost: peer\r\nContent-Length: 2\r\n\r\nhi'],
  ['a WebSocket of another version', goodUpgrade.replace('Version: 13', 'Version: 99')],
  ['a WebSocket without a key', goodUpgrade.replace(/Sec-WebSocket-Key.*\r\n/, '')],
  ['large headers', goodUpgrade.replace('Host', `X: ${'x'.repeat(8_000)}\r\nHost`)],
  ['something that is not HTTP', 'hello\r\n\r\n'],
];

for (const [what, text] of notFound) {
  test(`a request with ${what} is answered 404 and closed`, async () => {
    const listening = await startListening();
    const heard = await converse(listening.port, honest, text);
    await listening.stop();
    assert.match(heard, /^HTTP\/1\.1 404 Not Found\r\n/);
    assert.doesNotMatch(heard, /node|ws|error/i);
    assert.equal(listening.channels.all.length, 0);
  });
}

test('a TLS session is never resumed', async () => {
  const listening = await startListening();
  const first = connect({ host: '127.0.0.1', port: listening.port, ...honest });
  const session = await new Promise<Buffer>((resolve) => {
    first.once('session', resolve);
  });
  first.destroy();
  const second = connect({ host: '127.0.0.1', port: listening.port, ...honest, session });
  await once(second, 'secureConnect');
  assert.equal(second.isSessionReused(), false);
  second.destroy();
  await listening.stop();
});

const brokenFrames: readonly [string, string | Buffer, boolean][] = [
  ['not JSON', '{', false],
  ['an unknown type', '{"type":"shout"}', false],
  ['a hostile key', '{"__proto__":{"type":"hello"}}', false],
  ['a wrong field', '{"type":"begin","epoch":"x","next":1}', false],
  ['binary', Buffer.from('{}'), true],
  ['not UTF-8', Buffer.from([0xff, 0xfe]), false],
  ['too large', JSON.stringify('x'.repeat(MAX_LINK_FRAME_BYTES)), false],
  ['deep', '['.repeat(100_000), false],
];

for (const [what, data, binary] of brokenFrames) {
  test(`a frame that is ${what} closes the link with protocolError`, async () => {
    const listening = await startListening();
    const ws = await openRawLink(listening.port, credentials);
    const closed = new Promise<number>((resolve) => {
      ws.once('close', resolve);
    });
    const log = record(await listening.channels.first(() => true));
    ws.send(data, { binary });
    const end = await ending(log);
    assert.equal(end.code, LinkClose.protocolError);
    assert.doesNotMatch(end.reason, /xx|shout/);
    assert.equal(log.all.length, 1);
    // For what ws itself notices it uses its own codes, which a channel reads as protocolError.
    assert.ok([LinkClose.protocolError, 1007, 1009].includes(await closed));
    await listening.stop();
  });
}

test('the codes of a WebSocket library for broken frames read as protocolError', async () => {
  for (const code of [1002, 1003, 1007, 1008, 1009]) {
    const listening = await startListening();
    const ws = await openRawLink(listening.port, credentials);
    const log = record(await listening.channels.first(() => true));
    ws.close(code, 'something is wrong');
    assert.deepEqual(await ending(log), { code: LinkClose.protocolError, reason: `WebSocket code ${code}` });
    await listening.stop();
  }
});

test('a reason from the other end goes nowhere: it may say what this end wrote', async () => {
  const listening = await startListening();
  const ws = await openRawLink(listening.port, credentials);
  const log = record(await listening.channels.first(() => true));
  ws.close(4000, 'a\u001b[31mb\n');
  assert.deepEqual(await ending(log), { code: 4000, reason: '' });
  await listening.stop();
});

test('who stalls is cut after the handshake time, at every step', async () => {
  const clock = new FakeClock();
  const listening = await startListening({ clock });
  const inTcp = connectTcp(listening.port, '127.0.0.1');
  const inTls = connect({ host: '127.0.0.1', port: listening.port, ...honest });
  await once(inTls, 'secureConnect');
  const inHttp = connect({ host: '127.0.0.1', port: listening.port, ...honest });
  await once(inHttp, 'secureConnect');
  inHttp.write('GET /link HTTP/1.1\r\n');
  const sockets = [inTcp, inTls, inHttp];
  for (const socket of sockets) socket.on('error', () => undefined).resume();
  // What the listener has not read when it closes makes the system reset the connection: an end like any other.
  const closed = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
  await clock.advance(9_000);
  assert.deepEqual(
    sockets.map((socket) => socket.destroyed),
    [false, false, false],
  );
  await clock.advance(1_000);
  await Promise.all(closed);
  await listening.stop();
  assert.equal(clock.pending, 0);
});

test('when too many handshakes are in flight the oldest goes, and an honest one gets through', async () => {
  const listening = await startListening({ limits: { handshakes: 3 } });
  const stalled = [1, 2, 3].map(() => connectTcp(listening.port, '127.0.0.1'));
  for (const socket of stalled) socket.on('error', () => undefined).resume();
  await Promise.all(stalled.map((socket) => once(socket, 'connect')));
  const [oldest] = stalled;
  const gone = oldest === undefined ? undefined : once(oldest, 'close');
  const channel = await dialFrom(credentials, listening);
  await gone;
  assert.equal(stalled.filter((socket) => socket.destroyed).length, 1);
  record(channel);
  for (const socket of stalled) socket.destroy();
  await listening.stop();
});

test('one address does not take the places of all', async () => {
  const listening = await startListening({ limits: { handshakesPerAddress: 1 } });
  const stalled = connectTcp(listening.port, '127.0.0.1');
  stalled.on('error', () => undefined).resume();
  await once(stalled, 'connect');
  const gone = once(stalled, 'close');
  record(await dialFrom(credentials, listening));
  await gone;
  await listening.stop();
});

test('when strangers have all channels the oldest of theirs goes, and never a contact’s', async () => {
  const [contact, late] = [await makeDevice(), await makeDevice()];
  const contacts = [contact, late].map((device) => device.credentials.identity);
  const listening = await startListening({ limits: { channels: 3 }, contacts });
  const dial = async (from: DeviceCredentials) => record(await dialFrom(from, listening));
  const kept = await dial(contact.credentials);
  const [first, second] = [await dial(credentials), await dial(another.credentials)];
  const lateKept = await dial(late.credentials);
  assert.equal((await ending(first)).code, 1006);
  const third = await dial(credentials);
  assert.equal((await ending(second)).code, 1006);
  assert.deepEqual(
    [kept, lateKept, third].map(({ all }) => all.length),
    [0, 0, 0],
  );
  await listening.stop();
});

test('when contacts have all channels, whoever comes is told what everybody unwanted is told', async () => {
  const contacts = [credentials.identity];
  const listening = await startListening({ limits: { channels: 1 }, contacts });
  const kept = record(await dialFrom(credentials, listening));
  const { code } = await ending(record(await dialFrom(another.credentials, listening)));
  assert.equal(code, LinkClose.unavailable);
  assert.deepEqual([kept.all.length, listening.channels.all.length], [0, 1]);
  await listening.stop();
});

async function dialFrom(
  from: DeviceCredentials,
  to: Awaited<ReturnType<typeof startListening>>,
): ReturnType<ReturnType<typeof localDialer>['dial']> {
  const endpoint = { address: '127.0.0.1', port: to.port };
  const dialer = localDialer({ credentials: from, clock: systemClock });
  return await dialer.dial(to.device.credentials.identity, [endpoint], never);
}
