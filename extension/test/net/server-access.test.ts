import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setDefaultCACertificates } from 'node:tls';
import { afterEach, describe, it } from 'node:test';
import { pino } from 'pino';
import { generateKeyPair } from '@p2p-chat/protocol/identity';
import { startDiscoveryServer } from '../../../discovery-server/src/server.ts';
import { register } from '../../src/net/discovery-http.ts';
import type { ProxySettings } from '../../src/net/proxy.ts';
import { accessServer, type ServerAccess } from '../../src/net/server-access.ts';
import { DiscoveryError } from '../../src/net/server-address.ts';
import {
  type AcceptedKey,
  grouped,
  type KnownServer,
  type KnownServers,
} from '../../src/net/server-trust.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { startConnectProxy, startEar } from '../support/https-servers.ts';
import { makeAuthority, selfMade } from '../support/server-certificates.ts';
import { systemClock } from '../support/system-clock.ts';
import { temporaryFolder } from '../support/temporary.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of running.splice(0).reverse()) await part.stop();
});
const started = <T extends { stop(): Promise<void> }>(part: T): T => {
  running.push(part);
  return part;
};

const authority = await makeAuthority();
setDefaultCACertificates([authority.certificate]);

class Memory extends Map<string, KnownServer> implements KnownServers {
  find(origin: string): KnownServer | null {
    return this.get(origin) ?? null;
  }

  remember(origin: string, known: KnownServer): void {
    this.set(origin, known);
  }
}

const direct: ProxySettings = { noProxy: [] };
const byPerson = (key: string): AcceptedKey => ({ key, by: 'person' });

function access(
  server: URL,
  known: KnownServers,
  accepted: AcceptedKey | null = null,
  proxy = direct,
): Promise<ServerAccess> {
  return accessServer({ server, known, accepted, proxy, clock: systemClock });
}

async function refusal(attempt: Promise<unknown>): Promise<DiscoveryError> {
  const error: unknown = await attempt.then(
    () => assert.fail('it went through'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof DiscoveryError, String(error));
  return error;
}

function registering(way: ServerAccess, joinCode: string | null = null): ReturnType<typeof register> {
  const who = { name: 'Sam', identityKey: generateKeyPair(), successions: [], joinCode };
  return register({ access: way, ...who, clock: systemClock });
}

/** A real discovery server with a certificate of its own making. */
async function discovery(port = 0, dataDir = temporaryFolder()) {
  const server = started(
    await startDiscoveryServer({
      host: '127.0.0.1',
      port,
      dataDir,
      tls: 'self-made',
      logger: pino({ level: 'silent' }),
    }),
  );
  const key = server.serverKey ?? assert.fail('it has a key');
  return { key, server, url: new URL(server.url), port: server.address.port };
}

describe('a server with a certificate of its own making', () => {
  it('is asked about with its fingerprint, before one byte of HTTP', async () => {
    const certificate = await selfMade();
    const ear = started(await startEar(certificate));
    const known = new Memory();
    const error = await refusal(access(ear.url, known));
    assert.equal(error.code, 'server-unknown');
    assert.equal(error.serverKey, certificate.fingerprint);
    assert.ok(error.message.includes(grouped(certificate.fingerprint)));
    assert.deepEqual([await ear.heard(), ear.connections(), known.size], ['', 1, 0]);
  });

  it('is pinned once accepted, and needs no accepting again', async () => {
    const { url, key } = await discovery();
    const known = new Memory();
    const way = await access(url, known, byPerson(key));
    assert.deepEqual(known.find(url.origin), { by: 'person', key });
    assert.equal((await registering(way)).created, true);
    assert.deepEqual((await access(url, known)).trust, { by: 'person', key });
  });

  it('is refused with another key than the pinned one, with both fingerprints, before one byte of HTTP', async () => {
    const [before, after] = [await selfMade(), await selfMade()];
    const ear = started(await startEar(after));
    const known = new Memory([[ear.url.origin, { by: 'person', key: before.fingerprint }]]);
    const error = await refusal(access(ear.url, known));
    assert.equal(error.code, 'server-changed');
    assert.equal(error.serverKey, after.fingerprint);
    for (const { fingerprint } of [before, after]) assert.ok(error.message.includes(grouped(fingerprint)));
    assert.deepEqual([await ear.heard(), ear.connections()], ['', 1]);
    assert.deepEqual(known.find(ear.url.origin), { by: 'person', key: before.fingerprint });
  });

  it('gets no byte, and no join code, when its key changes between the look and the request', async () => {
    const [before, after] = [await selfMade(), await selfMade()];
    const first = await startEar(before);
    const way = await access(first.url, new Memory(), byPerson(before.fingerprint));
    await first.stop();
    const second = started(await startEar(after, first.port));
    assert.equal((await refusal(registering(way, 'the join code'))).code, 'server-unreachable');
    assert.deepEqual([await second.heard(), second.connections()], ['', 1]);
  });

  it('hears the request once its key is accepted', async () => {
    const certificate = await selfMade();
    const ear = started(await startEar(certificate));
    const way = await access(ear.url, new Memory(), byPerson(certificate.fingerprint));
    const abort = new AbortController();
    const who = { name: 'Sam', identityKey: generateKeyPair(), successions: [], joinCode: null };
    const asking = refusal(register({ access: way, ...who, clock: systemClock, signal: abort.signal }));
    await ear.hearing;
    abort.abort();
    await asking;
    assert.match(await ear.heard(), /^POST \/v1\/challenges HTTP/);
  });

  it('is not the pinned one for having a name that fits: only the key counts', async () => {
    const [real, forged] = [generateKeyPair(), generateKeyPair()];
    const { fingerprint } = await selfMade(real);
    const ear = started(await startEar(await selfMade(forged)));
    const known = new Memory([[ear.url.origin, { by: 'invite', key: fingerprint }]]);
    assert.equal((await refusal(access(ear.url, known))).code, 'server-changed');
  });

  it('may have a new certificate for the pinned key', async () => {
    const pair = generateKeyPair();
    const [old, renewed] = [await selfMade(pair), await selfMade(pair)];
    assert.notEqual(old.cert, renewed.cert);
    const ear = started(await startEar(renewed));
    const known = new Memory([[ear.url.origin, { by: 'person', key: old.fingerprint }]]);
    assert.deepEqual((await access(ear.url, known)).trust, { by: 'person', key: old.fingerprint });
  });
});

describe('a server with a certificate of an authority', () => {
  it('is taken and remembered as such', async () => {
    const signed = await authority.sign({ type: 'ip', value: '127.0.0.1' });
    const ear = started(await startEar(signed));
    const known = new Memory();
    const trust = { by: 'authority', seen: signed.fingerprint };
    assert.deepEqual((await access(ear.url, known)).trust, trust);
    assert.deepEqual(known.find(ear.url.origin), trust);
    assert.equal(await ear.heard(), '');
  });

  it('is refused when it shows one of its own making later, before one byte of HTTP', async () => {
    const certificate = await selfMade();
    const ear = started(await startEar(certificate));
    const known = new Memory([[ear.url.origin, { by: 'authority', seen: 'ab'.repeat(32) }]]);
    const error = await refusal(access(ear.url, known));
    assert.deepEqual([error.code, error.serverKey], ['server-changed', certificate.fingerprint]);
    assert.equal(await ear.heard(), '');
    const accepted = byPerson(certificate.fingerprint);
    assert.deepEqual((await access(ear.url, known, accepted)).trust, accepted);
  });

  it('gets no byte when it shows one of its own making between the look and the request', async () => {
    const first = await startEar(await authority.sign({ type: 'ip', value: '127.0.0.1' }));
    const way = await access(first.url, new Memory());
    await first.stop();
    const second = started(await startEar(await selfMade(), first.port));
    assert.equal((await refusal(registering(way))).code, 'server-unreachable');
    assert.deepEqual([await second.heard(), second.connections()], ['', 1]);
  });

  it('is like any unknown one when the certificate is for another name', async () => {
    for (const name of [
      { type: 'dns', value: 'localhost' },
      { type: 'ip', value: '127.0.0.2' },
    ] as const) {
      const ear = started(await startEar(await authority.sign(name)));
      assert.equal((await refusal(access(ear.url, new Memory()))).code, 'server-unknown');
    }
  });
});

describe('through a proxy', () => {
  const elsewhere = new URL('https://chat.example.test:8443');

  it('a server is looked at, accepted and talked to as it is without one', async () => {
    const { key, port } = await discovery();
    const proxy = started(await startConnectProxy(() => port));
    const settings = { proxy: `http://127.0.0.1:${proxy.port}`, noProxy: [] };
    const known = new Memory();
    const error = await refusal(access(elsewhere, known, null, settings));
    assert.deepEqual([error.code, error.serverKey], ['server-unknown', key]);
    const way = await access(elsewhere, known, byPerson(key), settings);
    assert.equal((await registering(way)).created, true);
    assert.ok(proxy.asked.length >= 4);
    assert.ok(proxy.asked.every((asked) => asked === 'chat.example.test:8443'));
  });

  it('another key gets no byte, whether at the look or after it', async () => {
    const [before, after] = [await selfMade(), await selfMade()];
    const [first, second] = [started(await startEar(before)), started(await startEar(after))];
    let port = first.port;
    const proxy = started(await startConnectProxy(() => port));
    const settings = { proxy: `http://127.0.0.1:${proxy.port}`, noProxy: [] };
    const known = new Memory();
    const way = await access(elsewhere, known, byPerson(before.fingerprint), settings);
    port = second.port;
    assert.equal((await refusal(registering(way, 'the join code'))).code, 'server-unreachable');
    assert.equal((await refusal(access(elsewhere, known, null, settings))).code, 'server-changed');
    assert.deepEqual([await first.heard(), await second.heard()], ['', '']);
    assert.deepEqual([first.connections(), second.connections()], [1, 2]);
  });

  it("an authority's certificate counts for the server's address, not for a name of this machine", async () => {
    const byAddress = new URL('https://192.0.2.7:8443');
    let port = 0;
    const proxy = started(await startConnectProxy(() => port));
    const settings = { proxy: `http://127.0.0.1:${proxy.port}`, noProxy: [] };
    const wrong = started(await startEar(await authority.sign({ type: 'dns', value: 'localhost' })));
    port = wrong.port;
    assert.equal((await refusal(access(byAddress, new Memory(), null, settings))).code, 'server-unknown');
    const right = started(await startEar(await authority.sign({ type: 'ip', value: '192.0.2.7' })));
    port = right.port;
    assert.equal((await access(byAddress, new Memory(), null, settings)).trust.by, 'authority');
  });
});

describe('a look at a server', () => {
  it('is not waited for longer than ten seconds, and ends at once when it is not wanted', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined).resume());
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    started({ stop: () => new Promise((stopped) => silent.close(() => stopped())) });
    const address = silent.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const server = new URL(`https://127.0.0.1:${port}`);
    const clock = new FakeClock();
    const asking = { server, known: new Memory(), accepted: null, proxy: direct, clock };
    const late = refusal(accessServer(asking));
    await once(silent, 'connection');
    await clock.advance(10_000);
    assert.equal((await late).code, 'server-unreachable');
    const abort = new AbortController();
    const unwanted = refusal(accessServer({ ...asking, signal: abort.signal }));
    abort.abort();
    assert.equal((await unwanted).code, 'server-unreachable');
    assert.equal(clock.pending, 0);
  });

  it('says so when what answers speaks no TLS', async () => {
    const plain = createServer((socket) =>
      socket
        .on('error', () => undefined)
        .resume()
        .end('HTTP/1.1 400 No\r\n\r\n'),
    );
    plain.listen(0, '127.0.0.1');
    await once(plain, 'listening');
    started({ stop: () => new Promise((stopped) => plain.close(() => stopped())) });
    const address = plain.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const error = await refusal(access(new URL(`https://127.0.0.1:${port}`), new Memory()));
    assert.equal(error.code, 'server-unreachable');
  });
});
