import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import type { Endpoint } from '@p2p-chat/protocol/discovery';
import { LINK_PROTOCOL } from '@p2p-chat/protocol/link';
import { type DialAttempt, DialError } from '../../src/core/net-ports.ts';
import { makeDevice, pemCertificates } from '../support/devices.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { startTlsServer, tlsOf } from '../support/raw-tls.ts';
import { systemClock } from '../support/system-clock.ts';
import { ending, numbered, record } from './channel.contract.ts';
import { localDialer, never, startListening } from './link-world.ts';

const { credentials } = await makeDevice();
const at = (port: number): Endpoint => ({ address: '127.0.0.1', port });

/** A port that accepts and never says a word. */
async function startSilence(): Promise<{ port: number; ended: Promise<void>; stop: () => Promise<void> }> {
  const server = createServer();
  const ended = new Promise<void>((resolve) => {
    server.once('connection', (socket) => {
      socket.on('error', () => undefined).resume();
      socket.once('close', () => resolve());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    ended,
    stop: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const { port, stop } = await startSilence();
  await stop();
  return port;
}

async function attemptsOf(dial: Promise<unknown>): Promise<DialError['attempts']> {
  const error: unknown = await dial.then(
    () => assert.fail('it connected'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof DialError, String(error));
  return error.attempts;
}

test('a dead first address does not keep from the second', async () => {
  const listening = await startListening();
  const endpoints = [at(await closedPort()), at(listening.port)];
  const dialer = localDialer({ credentials, clock: systemClock });
  const channel = await dialer.dial(listening.device.credentials.identity, endpoints, never);
  const far = await listening.channels.first(() => true);
  const log = record(far);
  record(channel);
  channel.send(numbered(1));
  await log.count(1);
  assert.deepEqual(channel.endpoint, at(listening.port));
  assert.equal(channel.identity, listening.device.credentials.identity);
  assert.equal(far.identity, credentials.identity);
  assert.equal(far.device, credentials.device);
  await listening.stop();
});

test('a silent first address is passed by after a quarter of a second and closed when the race is won', async () => {
  const clock = new FakeClock();
  const listening = await startListening({ clock });
  const silence = await startSilence();
  const dialing = localDialer({ credentials, clock }).dial(
    listening.device.credentials.identity,
    [at(silence.port), at(listening.port)],
    never,
  );
  await clock.advance(249);
  assert.equal(listening.channels.all.length, 0);
  await clock.advance(1);
  const channel = await dialing;
  assert.deepEqual(channel.endpoint, at(listening.port));
  await silence.ended;
  record(channel);
  await silence.stop();
  await listening.stop();
});

test('an address that never answers fails after the handshake time and says at which step', async () => {
  const clock = new FakeClock();
  const silence = await startSilence();
  const dialing = localDialer({ credentials, clock }).dial('0'.repeat(64), [at(silence.port)], never);
  const attempts = attemptsOf(dialing);
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
  await clock.advance(10_000);
  const [attempt] = await attempts;
  assert.equal(attempt?.failed?.error, 'no answer in time');
  assert.equal(attempt.failed.fault, 'silent');
  assert.ok(attempt.failed.ms >= 10_000 - 1);
  await silence.ended;
  await silence.stop();
  assert.equal(clock.pending, 0);
});

test('an aborted dial closes everything at once', async () => {
  const clock = new FakeClock();
  const silence = await startSilence();
  const abort = new AbortController();
  const dialing = localDialer({ credentials, clock }).dial(
    '0'.repeat(64),
    [at(silence.port), at(1)],
    abort.signal,
  );
  const failed = assert.rejects(dialing, { name: 'AbortError' });
  abort.abort();
  await failed;
  await assert.rejects(
    localDialer({ credentials, clock }).dial('0'.repeat(64), [at(silence.port)], abort.signal),
    { name: 'AbortError' },
  );
  assert.equal(clock.pending, 0);
  await silence.stop();
});

test('no address leads to a DialError without attempts', async () => {
  const dialer = localDialer({ credentials, clock: systemClock });
  assert.deepEqual(await attemptsOf(dialer.dial('0'.repeat(64), [], never)), []);
});

test('names and system ports are not dialled', async () => {
  const dialer = localDialer({ credentials, clock: systemClock });
  const attempts = await attemptsOf(
    dialer.dial('0'.repeat(64), [at(80), { address: 'localhost', port: 5000 }, at(80)], never),
  );
  assert.deepEqual(
    attempts.map(({ failed }) => failed?.error),
    ['this address may not be dialled', 'this address may not be dialled'],
  );
});

test('every failure names its step', async () => {
  const identity = '0'.repeat(64);
  const dialer = localDialer({ credentials, clock: systemClock });
  const plain = createServer((socket) =>
    socket
      .on('error', () => undefined)
      .resume()
      .end('HTTP/1.1 200 OK\r\n\r\n'),
  );
  plain.listen(0, '127.0.0.1');
  await once(plain, 'listening');
  const address = plain.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const steps = async (to: number): Promise<string[]> =>
    (await attemptsOf(dialer.dial(identity, [at(to)], never))).map(({ failed }) => failed?.step ?? '');
  assert.deepEqual(await steps(await closedPort()), ['tcp']);
  assert.deepEqual(await steps(port), ['tls']);
  plain.close();
  await once(plain, 'close');
});

test('somebody else at the address is refused before a byte of ours is sent', async () => {
  const other = await makeDevice();
  const wanted = await makeDevice();
  let heard = 0;
  let shown = 0;
  const server = await startTlsServer(tlsOf(other.credentials), (socket) => {
    // With Node's TLS library not even our certificates have left by the time that this end has looked.
    shown += 1;
    socket.on('data', (bytes: Buffer) => {
      heard += bytes.length;
    });
  });
  const dialer = localDialer({ credentials, clock: systemClock });
  const [attempt] = await attemptsOf(dialer.dial(wanted.credentials.identity, [at(server.port)], never));
  assert.deepEqual(
    [attempt?.failed?.step, attempt?.failed?.error],
    ['identity', 'somebody else answers there'],
  );
  await server.stop();
  assert.equal(heard, 0);
  assert.equal(shown, 0, 'certificates of ours');
});

test('a chain that proves nobody is refused by the dialer too', async () => {
  const wanted = await makeDevice();
  const [leaf = '', issuer = ''] = pemCertificates(wanted.credentials.chain);
  const thief = await makeDevice();
  const [thiefLeaf = ''] = pemCertificates(thief.credentials.chain);
  const spoiled: object[] = [
    { cert: leaf },
    { cert: leaf + issuer + issuer },
    // The wanted identity's certificate is no secret; a device that it signed is.
    { key: thief.credentials.key, cert: thiefLeaf + issuer },
    { ALPNProtocols: undefined },
    { ALPNProtocols: ['h2'] },
    { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' },
  ];
  for (const change of spoiled) {
    let heard = 0;
    const server = await startTlsServer({ ...tlsOf(wanted.credentials), ...change }, (socket) =>
      socket.on('data', (bytes: Buffer) => {
        heard += bytes.length;
      }),
    );
    const dialer = localDialer({ credentials, clock: systemClock });
    const [attempt] = await attemptsOf(dialer.dial(wanted.credentials.identity, [at(server.port)], never));
    assert.ok(
      attempt?.failed?.step === 'identity' || attempt?.failed?.step === 'tls',
      JSON.stringify(change),
    );
    await server.stop();
    assert.equal(heard, 0);
  }
});

test('a peer that answers the upgrade with something else is refused', async () => {
  const wanted = await makeDevice();
  const answers = [
    'HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    '',
  ];
  for (const answer of answers) {
    const server = await startTlsServer(tlsOf(wanted.credentials), (socket) =>
      socket.once('data', () => socket.end(answer)),
    );
    const dialer = localDialer({ credentials, clock: systemClock });
    const [attempt] = await attemptsOf(dialer.dial(wanted.credentials.identity, [at(server.port)], never));
    assert.equal(attempt?.failed?.step, 'websocket');
    await server.stop();
  }
});

test('whoever dials is told of each address, with the steps that were done and how long they took', async () => {
  const listening = await startListening();
  const endpoints = [at(await closedPort()), at(listening.port)];
  const told: DialAttempt[] = [];
  const { identity } = listening.device.credentials;
  const dialer = localDialer({ credentials, clock: systemClock });
  record(await dialer.dial(identity, endpoints, never, (attempt) => told.push(attempt)));
  record(await listening.channels.first(() => true));
  assert.deepEqual(
    told.map(({ endpoint, passed, failed }) => [
      endpoint.port,
      passed.map(({ step }) => step),
      failed?.step,
      failed?.fault,
    ]),
    [
      [endpoints[0]?.port, [], 'tcp', 'refused'],
      [listening.port, ['tcp', 'tls', 'identity', 'websocket'], undefined, undefined],
    ],
  );
  for (const { passed } of told) assert.ok(passed.every(({ ms }) => ms >= 0 && ms < 10_000));
  await listening.stop();
});

test('whoever dials is told nothing of an address that came too late', async () => {
  const clock = new FakeClock();
  const listening = await startListening({ clock });
  const silence = await startSilence();
  const told: DialAttempt[] = [];
  const dialing = localDialer({ credentials, clock }).dial(
    listening.device.credentials.identity,
    [at(silence.port), at(listening.port)],
    never,
    (attempt) => told.push(attempt),
  );
  await clock.advance(250);
  record(await dialing);
  await silence.ended;
  assert.deepEqual(
    told.map(({ endpoint }) => endpoint.port),
    [listening.port],
  );
  await silence.stop();
  await listening.stop();
});

test('the link that wins is the only one', async () => {
  const listening = await startListening();
  const dialer = localDialer({ credentials, clock: systemClock });
  const endpoint = at(listening.port);
  const { identity } = listening.device.credentials;
  const channel = await dialer.dial(identity, [endpoint, endpoint], never);
  const log = record(channel);
  const far = await listening.channels.first(() => true);
  record(far);
  far.close(4000, 'bye');
  assert.equal((await ending(log)).code, 4000);
  assert.equal(listening.channels.all.length, 1);
  await listening.stop();
});

test('what the dialer sends is masked with zeros: TLS hides it already', async () => {
  const wanted = await makeDevice();
  const sent = Promise.withResolvers<Buffer>();
  const server = await startTlsServer(tlsOf(wanted.credentials), (socket) => {
    socket.once('data', (request: Buffer) => {
      const [, key = ''] = /sec-websocket-key: (\S+)/i.exec(request.toString('latin1')) ?? [];
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      const head = ['101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
      const fields = [`Sec-WebSocket-Accept: ${accept}`, `Sec-WebSocket-Protocol: ${LINK_PROTOCOL}`];
      socket.write(`HTTP/1.1 ${[...head, ...fields, '', ''].join('\r\n')}`);
      socket.once('data', sent.resolve);
    });
  });
  const dialer = localDialer({ credentials, clock: systemClock });
  const channel = await dialer.dial(wanted.credentials.identity, [at(server.port)], never);
  record(channel);
  channel.send({ type: 'typing' });
  const text = '{"type":"typing"}';
  const head = Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]);
  assert.deepEqual(await sent.promise, Buffer.concat([head, Buffer.from(text)]));
  channel.close(4000, '');
  await server.stop();
});
