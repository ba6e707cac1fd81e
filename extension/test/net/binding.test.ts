import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { pino } from 'pino';
import { WebSocketServer } from 'ws';
import * as z from 'zod';
import { originBinding, registrationStatement, SESSION_PROTOCOL } from '@p2p-chat/protocol/discovery';
import { decodePublicKey, generateKeyPair, verifyStatement } from '@p2p-chat/protocol/identity';
import { startDiscoveryServer } from '../../../discovery-server/src/server.ts';
import { bindingFor } from '../../src/net/binding.ts';
import { register } from '../../src/net/discovery-http.ts';
import { createDirectorySession } from '../../src/net/discovery-session.ts';
import { accessServer, plainAccess, type ServerAccess } from '../../src/net/server-access.ts';
import { DiscoveryError } from '../../src/net/server-address.ts';
import type { AcceptedKey, KnownServer } from '../../src/net/server-trust.ts';
import { makeDevice } from '../support/devices.ts';
import type { Clock } from '../../src/core/ports.ts';
import { type Listening, startAsking, startEar, startRelay } from '../support/https-servers.ts';
import { selfMade } from '../support/server-certificates.ts';
import { steadyRandom, systemClock } from '../support/system-clock.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { connected, recordDirectory } from './directory.contract.ts';
import { noLog } from './link-world.ts';
import { noRelay } from '../support/no-relay.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of running.splice(0).reverse()) await part.stop();
});
const started = <T extends { stop(): Promise<void> }>(part: T): T => {
  running.push(part);
  return part;
};

const { identityKey, credentials } = await makeDevice();

async function discovery(options: { port?: number; dataDir?: string } = {}) {
  const { port = 0, dataDir = temporaryFolder() } = options;
  const logger = pino({ level: 'silent' });
  const server = await startDiscoveryServer({ host: '127.0.0.1', port, dataDir, tls: 'self-made', logger });
  running.push(server);
  const key = server.serverKey ?? assert.fail('it has a key');
  return { server, key, dataDir, url: new URL(server.url), port: server.address.port };
}

/** Looks at a server whose key somebody accepts at first use, or of which this is known. */
function access(
  server: URL,
  accepted: AcceptedKey | null,
  known: KnownServer | null = null,
): Promise<ServerAccess> {
  const memory = { find: () => known, remember: () => undefined };
  return accessServer({ server, known: memory, accepted, proxy: { noProxy: [] }, clock: systemClock });
}

function registering(way: ServerAccess, key = identityKey): ReturnType<typeof register> {
  const who = { name: 'Sam', identityKey: key, successions: [], joinCode: null };
  return register({ access: way, ...who, clock: systemClock });
}

async function refusal(attempt: Promise<unknown>): Promise<DiscoveryError> {
  const error: unknown = await attempt.then(
    () => assert.fail('it went through'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof DiscoveryError, String(error));
  return error;
}

/** The machine's time with short pauses; deadlines stay as they are. */
function hurriedClock(): Clock & { readonly pending: number } {
  const timers = new Set<object>();
  return {
    ...systemClock,
    after: (ms, run) => {
      const timer = {};
      timers.add(timer);
      const cancel = systemClock.after(ms < 10_000 ? ms / 50 : ms, () => {
        timers.delete(timer);
        run();
      });
      return () => {
        timers.delete(timer);
        cancel();
      };
    },
    get pending() {
      return timers.size;
    },
  };
}

function session(server: URL, way: ServerAccess | null, look: () => Promise<ServerAccess>) {
  const clock = hurriedClock();
  const refusals: DiscoveryError[] = [];
  const directory = createDirectorySession({
    ...noRelay,
    server,
    access: way,
    look,
    refused: (why) => refusals.push(why),
    identityKey,
    device: credentials.device,
    takeOver: false,
    clock,
    random: steadyRandom,
    log: noLog,
  });
  started({ stop: () => directory.stop(false) });
  return { log: recordDirectory(directory), clock, refusals };
}

describe('somebody in the middle whose key was accepted at first use', () => {
  it('cannot pass a registration on to the real server', async () => {
    const { url, key, port } = await discovery();
    const certificate = await selfMade();
    const relay = started(await startRelay(certificate, port));
    const way = await access(relay.url, { key: certificate.fingerprint, by: 'person' });
    const error = await refusal(registering(way));
    assert.equal(error.answer, 'bad-signature');
    // The name is still free for somebody else.
    const direct = await access(url, { key, by: 'person' });
    assert.equal((await registering(direct, generateKeyPair())).created, true);
  });

  it('cannot pass a sign-in on to the real server', async () => {
    const { url, key, port } = await discovery();
    await registering(await access(url, { key, by: 'person' }));
    const certificate = await selfMade();
    const relay = started(await startRelay(certificate, port));
    const way = await access(relay.url, { key: certificate.fingerprint, by: 'person' });
    const { log } = session(relay.url, way, () => assert.fail('nothing is looked at again'));
    assert.deepEqual(await log.first(() => true), { kind: 'disconnected', why: 'refused' });
  });

  it('gets no signature by asking for one over the public address', async () => {
    const certificate = await selfMade();
    const asking = started(await startAsking(certificate, 'origin'));
    const way = await access(asking.url, { key: certificate.fingerprint, by: 'person' });
    const error = await refusal(registering(way));
    assert.equal(error.code, 'not-a-discovery-server');
    assert.match(error.message, /Ask a colleague for an invite/);
    assert.deepEqual(asking.signed, []);
  });
});

describe('over TLS', () => {
  it('the public address is signed for a key that came by an invite', async () => {
    const certificate = await selfMade();
    const asking = started(await startAsking(certificate, 'origin'));
    const way = await access(asking.url, { key: certificate.fingerprint, by: 'invite' });
    assert.equal((await refusal(registering(way))).code, 'server-unreachable');
    const sent = z.object({ identity: z.string(), signature: z.string() });
    const { identity, signature } = sent.parse(JSON.parse(asking.signed[0] ?? ''));
    const statement = registrationStatement(originBinding(asking.url.origin), asking.nonce, 'Sam');
    assert.ok(verifyStatement(decodePublicKey(identity), statement, signature));
  });

  it('nothing is signed for a server that asks as if there were none', async () => {
    const certificate = await selfMade();
    const asking = started(await startAsking(certificate, 'plain'));
    for (const by of ['person', 'invite'] as const) {
      const way = await access(asking.url, { key: certificate.fingerprint, by });
      assert.equal((await refusal(registering(way))).code, 'not-a-discovery-server');
    }
    assert.deepEqual(asking.signed, []);
  });

  it('nothing is signed on a session either, and it is not tried again', async () => {
    for (const binding of ['plain', 'origin'] as const) {
      const certificate = await selfMade();
      const frames: string[] = [];
      const server = started(await startAskingSession(certificate, binding, frames));
      const way = await access(server.url, { key: certificate.fingerprint, by: 'person' });
      const { log, clock, refusals } = session(server.url, way, () =>
        assert.fail('it is not looked at again'),
      );
      assert.deepEqual(await log.first(() => true), { kind: 'disconnected', why: 'refused' });
      assert.equal(refusals[0]?.code, 'not-a-discovery-server');
      assert.equal(clock.pending, 0);
      assert.deepEqual(frames, []);
    }
  });

  it('a session works with the key of the certificate', async () => {
    const { url, key } = await discovery();
    const way = await access(url, { key, by: 'person' });
    await registering(way);
    const { log } = session(url, way, () => assert.fail('nothing is looked at again'));
    await connected(log);
  });
});

/** A server that begins a session with a challenge, and keeps what it is answered. */
async function startAskingSession(
  { key, cert }: Awaited<ReturnType<typeof selfMade>>,
  binding: 'plain' | 'origin',
  frames: string[],
): Promise<Listening> {
  const http = createServer({ key, cert });
  const sockets = new WebSocketServer({ server: http, handleProtocols: () => SESSION_PROTOCOL });
  sockets.on('connection', (ws) => {
    ws.on('error', () => undefined);
    ws.on('message', (data) => frames.push(data instanceof Buffer ? data.toString() : 'something'));
    const nonce = Buffer.alloc(32, 1).toString('base64');
    ws.send(JSON.stringify({ type: 'challenge', nonce, binding }));
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const address = http.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return {
    port,
    url: new URL(`https://127.0.0.1:${port}`),
    stop: async () => {
      for (const ws of sockets.clients) ws.terminate();
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
}

describe('a session whose server comes back', () => {
  /** A session that was up, and its server, which is stopped then. */
  async function interrupted() {
    const { server, url, key, port, dataDir } = await discovery();
    const known = { by: 'person', key } as const;
    const way = await access(url, null, known);
    await registering(way);
    let looks = 0;
    const looking = new EventEmitter();
    const scene = session(url, way, () => {
      looks += 1;
      looking.emit('look');
      return access(url, null, known);
    });
    await connected(scene.log);
    running.splice(running.indexOf(server), 1);
    await server.stop();
    await scene.log.first(({ kind }) => kind === 'disconnected');
    return { ...scene, url, port, dataDir, key, looking, looks: () => looks };
  }

  /** What is told next, after the disconnection. */
  function news({ log }: Awaited<ReturnType<typeof interrupted>>): Promise<{ kind: string }> {
    return log.first(() => true, log.all.length);
  }

  it('with another key is refused before one byte, with both fingerprints, each time that it is tried again', async () => {
    const scene = await interrupted();
    const certificate = await selfMade();
    const ear = await startEar(certificate, scene.port);
    assert.deepEqual(await news(scene), { kind: 'disconnected', why: 'distrusted' });
    const [refused] = scene.refusals;
    assert.deepEqual([refused?.code, refused?.serverKey], ['server-changed', certificate.fingerprint]);
    while (scene.looks() < 4) await once(scene.looking, 'look');
    assert.equal(await ear.heard(), '');
    assert.equal(scene.log.all.at(-1)?.kind, 'disconnected', 'it is told once');
    await ear.stop();
    await discovery({ port: scene.port, dataDir: scene.dataDir });
    assert.equal((await scene.log.first(({ kind }) => kind === 'connected', 1)).kind, 'connected');
  });

  it('with a new certificate for its key is followed', async () => {
    const scene = await interrupted();
    await rm(join(scene.dataDir, 'tls-cert.pem'));
    const again = await discovery({ port: scene.port, dataDir: scene.dataDir });
    assert.equal(again.key, scene.key);
    assert.equal((await news(scene)).kind, 'connected');
    assert.equal(scene.looks(), 1);
  });

  it('with the same certificate is not looked at again', async () => {
    const scene = await interrupted();
    await discovery({ port: scene.port, dataDir: scene.dataDir });
    assert.equal((await news(scene)).kind, 'connected');
    assert.equal(scene.looks(), 0);
  });
});

describe('on plain HTTP', () => {
  const proof = (address: string): string => bindingFor('plain', null, plainAccess(new URL(address)));

  it('the port of the address that was given is signed for, whatever server answers there', () => {
    assert.equal(proof('http://127.0.0.1:8000'), 'plain:8000');
    assert.equal(proof('http://localhost'), 'plain:80');
  });

  it('another server cannot pass a registration or a sign-in on, live, to the real one', async () => {
    const logger = pino({ level: 'silent' });
    const server = started(
      await startDiscoveryServer({ host: '127.0.0.1', port: 0, dataDir: temporaryFolder(), logger }),
    );
    const evil = started(await startTcpProxy(server.address.port));
    const url = new URL(`http://127.0.0.1:${evil.port}`);
    assert.equal((await refusal(registering(plainAccess(url)))).answer, 'bad-signature');
    assert.equal((await registering(plainAccess(new URL(server.url)))).created, true);
    const { log } = session(url, plainAccess(url), () => assert.fail('nothing is looked at again'));
    assert.deepEqual(await log.first(() => true), { kind: 'disconnected', why: 'refused' });
  });
});
