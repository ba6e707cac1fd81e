import assert from 'node:assert/strict';
import { setDefaultCACertificates } from 'node:tls';
import { afterEach, describe, it } from 'node:test';
import { relayAccess } from '../../src/net/relay-access.ts';
import { openRelay } from '../../src/net/relay-stream.ts';
import { accessServer, plainAccess, type ServerAccess } from '../../src/net/server-access.ts';
import type { KnownServer } from '../../src/net/server-trust.ts';
import { startEar } from '../support/https-servers.ts';
import { makeAuthority, selfMade, type ServerCertificate } from '../support/server-certificates.ts';
import { systemClock } from '../support/system-clock.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of running.splice(0).reverse()) await part.stop();
});

const authority = await makeAuthority();
setDefaultCACertificates([authority.certificate]);

/** Somebody who has this certificate, and hears what is sent to them. */
async function somebody(certificate: ServerCertificate) {
  const ear = await startEar(certificate);
  running.push(ear);
  return ear;
}

/** The way to a server by its pinned key. */
async function pinned(server: URL, key: string): Promise<ServerAccess> {
  const known = new Map<string, KnownServer>();
  return accessServer({
    server,
    proxy: { noProxy: [] },
    clock: systemClock,
    accepted: { key, by: 'person' },
    known: {
      find: (origin) => known.get(origin) ?? null,
      remember: (origin, what) => known.set(origin, what),
    },
  });
}

/** Goes into the relay there, for as long as it takes to say what there is to say. */
async function enter(access: ServerAccess, address: string, heard: Promise<void>): Promise<void> {
  const abort = new AbortController();
  const entering = openRelay({
    access: relayAccess(access, address),
    ticket: 'secret',
    clock: systemClock,
    signal: abort.signal,
  });
  const failed = entering.then(
    () => undefined,
    () => undefined,
  );
  await Promise.race([heard, failed]);
  abort.abort();
  await failed;
}

describe('the relay of another instance of a server', () => {
  it('is where the server is, if no address is told', () => {
    const access = plainAccess(new URL('http://127.0.0.1:8000'));
    assert.equal(relayAccess(access, undefined), access);
    assert.equal(relayAccess(access, 'http://127.0.0.1:8000'), access);
  });

  it('is taken on plain HTTP on this machine alone', () => {
    const access = plainAccess(new URL('http://localhost:8000'));
    assert.equal(relayAccess(access, 'http://127.0.0.1:8001').server.port, '8001');
    for (const address of ['http://192.0.2.1:8001', 'http://evil.example', 'https://127.0.0.1:8001']) {
      assert.throws(() => relayAccess(access, address), /not its own/, address);
    }
  });

  it('hears the ticket of a server whose key is pinned if it has that key, wherever it is', async () => {
    const certificate = await selfMade();
    const [server, instance] = [await somebody(certificate), await somebody(certificate)];
    const access = await pinned(server.url, certificate.fingerprint);
    await enter(access, `https://localhost:${instance.port}`, instance.hearing);
    assert.match(await instance.heard(), /^GET \/v1\/relay [^]*Bearer secret/);
  });

  it('gets not one byte of a request without that key, also where an authority bears it out', async () => {
    const certificate = await selfMade();
    const server = await somebody(certificate);
    const access = await pinned(server.url, certificate.fingerprint);
    const other = await authority.sign({ type: 'ip', value: '127.0.0.1' });
    for (const stranger of [await somebody(await selfMade()), await somebody(other)]) {
      await enter(access, stranger.url.origin, stranger.hearing);
      assert.deepEqual([await stranger.heard(), stranger.connections()], ['', 1]);
    }
  });

  it('is on a port of HTTPS, or on one on which programs of people listen', async () => {
    const certificate = await selfMade();
    const access = await pinned((await somebody(certificate)).url, certificate.fingerprint);
    assert.equal(relayAccess(access, 'https://10.0.0.1').server.host, '10.0.0.1');
    assert.throws(() => relayAccess(access, 'https://10.0.0.1:22'), /not its own/);
    assert.throws(() => relayAccess(access, 'http://127.0.0.1:8001'), /not its own/);
  });

  it('has the name of a server that an authority bears out, or one below it', async () => {
    const server = await somebody(await authority.sign({ type: 'dns', value: 'localhost' }));
    const known = { find: () => null, remember: () => undefined };
    const access = await accessServer({
      server: new URL(`https://localhost:${server.port}`),
      proxy: { noProxy: [] },
      clock: systemClock,
      accepted: null,
      known,
    });
    assert.equal(access.trust.by, 'authority');
    for (const address of ['https://localhost:8001', 'https://one.localhost']) relayAccess(access, address);
    for (const address of [
      'https://evillocalhost',
      'https://localhost.evil.example',
      'https://127.0.0.1:8001',
    ]) {
      assert.throws(() => relayAccess(access, address), /not its own/, address);
    }
    const other = await somebody(await selfMade());
    await enter(access, `https://localhost:${other.port}`, other.hearing);
    assert.deepEqual([await other.heard(), other.connections()], ['', 1]);
  });
});
