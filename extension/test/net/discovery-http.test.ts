import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import dns from 'node:dns';
import { test } from 'node:test';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import { startDiscoveryServer } from '../../../discovery-server/src/server.ts';
import { DiscoveryPath } from '@p2p-chat/protocol/discovery';
import { fingerprintOf, generateKeyPair, type KeyPair } from '@p2p-chat/protocol/identity';
import { makeSuccession, type Succession } from '@p2p-chat/protocol/succession';
import { register } from '../../src/net/discovery-http.ts';
import { plainAccess } from '../../src/net/server-access.ts';
import { DiscoveryError } from '../../src/net/server-address.ts';
import { fingerprintNamed } from '../support/envelopes.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { systemClock } from '../support/system-clock.ts';
import { temporaryFolder } from '../support/temporary.ts';

const identityKey = generateKeyPair();

const person = { successions: [], joinCode: null };

function registering(
  server: URL,
  name: string,
  key: KeyPair = identityKey,
  successions: readonly Succession[] = [],
): ReturnType<typeof register> {
  const access = plainAccess(server);
  return register({ ...person, successions, access, name, identityKey: key, clock: systemClock });
}

async function failure(promise: Promise<unknown>): Promise<DiscoveryError> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  assert.ok(error instanceof DiscoveryError, String(error));
  return error;
}

test('registers a new name, finds it again, and tells the refusals apart', async () => {
  const logger = pino({ level: 'silent' });
  const server = await startDiscoveryServer({
    host: '127.0.0.1',
    port: 0,
    dataDir: temporaryFolder(),
    logger,
  });
  const url = new URL(server.url);
  const user = { name: 'Sam', identity: fingerprintOf(identityKey.publicKey) };
  assert.deepEqual(await registering(url, 'Sam'), { created: true, user });
  assert.deepEqual(await registering(url, 'Sam'), { created: false, user });
  const taken = await failure(registering(url, 'SAM', generateKeyPair()));
  assert.deepEqual([taken.code, taken.answer], ['name-taken', 'name-taken']);
  const other = await failure(registering(url, 'Samuel'));
  assert.deepEqual([other.code, other.answer], ['identity-has-other-name', 'identity-registered']);
  assert.match(other.message, /You are Sam on/);
  assert.equal((await failure(registering(url, 'Sam and Carol'))).code, 'name-invalid');
  await server.stop();
  const gone = await failure(registering(url, 'Sam'));
  assert.equal(gone.code, 'server-unreachable');
  assert.match(gone.message, /nobody listens there.*Is it running\?/);
});

for (const host of ['127.0.0.1', '::1']) {
  test(`localhost is this machine whatever a resolver says: a server at ${host} is found`, async (t) => {
    const server = createServer((_request, response) => response.writeHead(418).end());
    server.listen(0, host);
    await once(server, 'listening');
    const resolver = t.mock.method(dns, 'lookup', () => assert.fail('a resolver was asked'));
    const address = server.address();
    const url = new URL(
      `http://localhost:${address !== null && typeof address === 'object' ? address.port : 0}`,
    );
    assert.match((await failure(registering(url, 'Sam'))).message, /HTTP status 418/);
    const ws = new WebSocket(url, { ...plainAccess(url).transport });
    const failed = new Promise<Error>((resolve) => ws.once('error', resolve));
    assert.match((await failed).message, /418/);
    assert.equal(resolver.mock.callCount(), 0);
    server.close();
  });
}

test('an identity that was replaced is told so whatever name it asks for, and what to do about it', async () => {
  const server = await startDiscoveryServer({
    host: '127.0.0.1',
    port: 0,
    dataDir: temporaryFolder(),
    logger: pino({ level: 'silent' }),
  });
  const url = new URL(server.url);
  const [old, next] = [generateKeyPair(), generateKeyPair()];
  await registering(url, 'Sam', old);
  await registering(url, 'Sam', next, [makeSuccession(old, next)]);
  for (const name of ['Sam', 'Zoe']) {
    const replaced = await failure(registering(url, name, old));
    assert.deepEqual([replaced.code, replaced.answer], ['identity-lost', 'identity-replaced']);
    assert.match(replaced.message, /Import the newer one/);
  }
  await server.stop();
});

/** Runs against an HTTP server that answers in its own way. */
async function against(listener: RequestListener, run: (url: URL) => Promise<void>): Promise<void> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  try {
    await run(new URL(`http://127.0.0.1:${port}`));
  } finally {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
}

const nonce = Buffer.alloc(32, 1).toString('base64');
const foreign: readonly [string, DiscoveryError['code'], RequestListener][] = [
  ['a web page', 'not-a-discovery-server', (_, response) => response.end('<html>')],
  ['404', 'not-a-discovery-server', (_, response) => response.writeHead(404).end('nothing here')],
  [
    'a redirection',
    'not-a-discovery-server',
    (request, response) => {
      assert.notEqual(request.url, '/elsewhere');
      response.writeHead(307, { location: '/elsewhere' }).end();
    },
  ],
  ['502', 'server-unreachable', (_, response) => response.writeHead(502).end('bad gateway')],
  ['too much', 'not-a-discovery-server', (_, response) => response.end('x'.repeat(100_000))],
  [
    'half an answer',
    'server-unreachable',
    (_, response) => response.writeHead(201, { 'content-length': 9 }).write('{', () => response.destroy()),
  ],
  [
    'a nonce of another size',
    'not-a-discovery-server',
    (_, response) => response.writeHead(201).end('{"nonce":"AA=="}'),
  ],
  [
    "somebody else's account",
    'not-a-discovery-server',
    (request, response) => {
      const user = { name: 'Sam', identity: fingerprintNamed('Carol') };
      response
        .writeHead(201)
        .end(
          JSON.stringify(request.url === DiscoveryPath.challenges ? { nonce, binding: 'plain' } : { user }),
        );
    },
  ],
  [
    'a refusal',
    'server-unreachable',
    (_, response) =>
      response.writeHead(429).end(JSON.stringify({ error: { code: 'too-many', message: 'go away' } })),
  ],
];

for (const [what, code, listener] of foreign) {
  test(`a server that answers with ${what}: ${code}`, () =>
    against(listener, async (url) => {
      const error = await failure(registering(url, 'Sam'));
      assert.equal(error.code, code);
      assert.doesNotMatch(error.message, /go away|<html>/);
    }));
}

test('a server that does not answer is waited for ten seconds', () => {
  const clock = new FakeClock();
  let asked: () => void = () => undefined;
  const request = new Promise<void>((resolve) => {
    asked = resolve;
  });
  return against(
    () => asked(),
    async (server) => {
      const failing = failure(
        register({ ...person, access: plainAccess(server), name: 'Sam', identityKey, clock }),
      );
      await request;
      await clock.advance(10_000);
      assert.equal((await failing).code, 'server-unreachable');
      assert.equal(clock.pending, 0);
    },
  );
});

test('a registration that is no longer wanted ends at once', () => {
  const abort = new AbortController();
  return against(
    () => abort.abort(),
    async (server) => {
      const clock = new FakeClock();
      await failure(
        register({
          ...person,
          access: plainAccess(server),
          name: 'Sam',
          identityKey,
          clock,
          signal: abort.signal,
        }),
      );
      assert.equal(clock.pending, 0);
    },
  );
});
