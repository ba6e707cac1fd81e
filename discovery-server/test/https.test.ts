import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import path from 'node:path';
import { describe, test } from 'node:test';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { DiscoveryPath, SessionClose } from '@p2p-chat/protocol/discovery';
import { exportPrivateKey, fingerprintOf, generateKeyPair } from '@p2p-chat/protocol/identity';
import { makeServerCertificate } from '@p2p-chat/protocol/server-certificate';
import { CertificateFileError } from '../src/errors.ts';
import { startDiscoveryServer } from '../src/server.ts';
import { cleanUp } from './cleanup.ts';
import { run, start } from './command.ts';
import { FakeClock } from './fake-clock.ts';
import { silent, startHarness, temporaryFolder } from './harness.ts';
import {
  getChallenge,
  http,
  person,
  postRegistration,
  register,
  registrationBodyOf,
  signInFrameOf,
  TestSession,
} from './test-client.ts';

const names = [{ type: 'dns', value: 'localhost' }] as const;

async function tlsSocket(url: string, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const { hostname, port } = new URL(url);
  const socket = connectTls({ host: hostname, port: Number(port), rejectUnauthorized: false, ...options });
  await once(socket, 'secureConnect');
  return socket;
}

/** An operator's certificate and key in files. */
async function filesOf(folder: string, certificate: string, key: string) {
  const files = { certificateFile: path.join(folder, 'c.pem'), keyFile: path.join(folder, 'k.pem') };
  await writeFile(files.certificateFile, certificate);
  await writeFile(files.keyFile, key);
  return files;
}

describe('a server with HTTPS', () => {
  test('registers and signs people in, bound to the key of its certificate', async (t) => {
    const { server, url } = await startHarness(t, { tls: 'self-made' });
    assert.match(url, /^https:/);
    const { binding } = await getChallenge(url);
    assert.equal(binding, `tls:${server.serverKey ?? ''}`);
    const sam = person('Sam');
    assert.equal((await register(url, sam)).status, 201);
    const session = await TestSession.signedIn(url, sam);
    assert.equal((await session.lookUp(sam.identity))?.name, 'Sam');
  });

  test('answers under every name, and still refuses web pages', async (t) => {
    const { url } = await startHarness(t, { tls: 'self-made' });
    const named = await http(url, DiscoveryPath.health, { headers: { host: 'chat.example.com' } });
    assert.equal(named.status, 200);
    const page = await http(url, DiscoveryPath.health, { headers: { origin: 'https://chat.example.com' } });
    assert.equal(page.status, 403);
  });

  test('makes its certificate at the first start, keeps it owner-only, and shows it after each restart', async (t) => {
    const dataDir = await temporaryFolder(t);
    const start = () =>
      startDiscoveryServer({ host: '127.0.0.1', port: 0, tls: 'self-made', dataDir, logger: silent });
    const first = await start();
    cleanUp(t, () => first.stop());
    const socket = await tlsSocket(first.url);
    const shown = socket.getPeerX509Certificate();
    socket.destroy();
    assert.ok(shown);
    assert.equal(fingerprintOf(shown.publicKey), first.serverKey);
    assert.equal(shown.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
    assert.equal(Date.parse(shown.validFrom), Date.UTC(2020, 0, 1));
    assert.equal(new Date(shown.validTo).getUTCFullYear(), 9999);
    assert.match(shown.subjectAltName ?? '', /DNS:localhost.*IP Address:127\.0\.0\.1/);
    await first.stop();
    for (const file of ['tls-key.pem', 'tls-cert.pem']) {
      const { mode } = await stat(path.join(dataDir, file));
      if (process.platform !== 'win32') assert.equal(mode & 0o777, 0o600, file);
    }
    const second = await start();
    cleanUp(t, () => second.stop());
    const again = await tlsSocket(second.url);
    assert.equal(again.getPeerX509Certificate()?.fingerprint256, shown.fingerprint256);
    again.destroy();
  });

  test('makes a lost certificate anew for the key that clients know, and never a lost key', async (t) => {
    const dataDir = await temporaryFolder(t);
    const start = () =>
      startDiscoveryServer({ host: '127.0.0.1', port: 0, tls: 'self-made', dataDir, logger: silent });
    const first = await start();
    await first.stop();
    await rm(path.join(dataDir, 'tls-cert.pem'));
    const second = await start();
    await second.stop();
    assert.equal(second.serverKey, first.serverKey);
    await rm(path.join(dataDir, 'tls-key.pem'));
    await assert.rejects(start(), (error: Error) => {
      assert.ok(error instanceof CertificateFileError);
      assert.match(error.message, /tls-key\.pem is not\. Bring the key back/);
      return true;
    });
    await writeFile(path.join(dataDir, 'tls-key.pem'), 'not a key');
    await assert.rejects(start(), CertificateFileError);
    await writeFile(path.join(dataDir, 'tls-key.pem'), exportPrivateKey(generateKeyPair()));
    await assert.rejects(start(), /is not the certificate of the key/);
  });

  test("is trusted by a TLS client that is given its certificate and checks the server's name", async (t) => {
    const dataDir = await temporaryFolder(t);
    const server = await startDiscoveryServer({
      host: '127.0.0.1',
      port: 0,
      tls: 'self-made',
      dataDir,
      logger: silent,
    });
    cleanUp(t, () => server.stop());
    const ca = await readFile(path.join(dataDir, 'tls-cert.pem'), 'utf8');
    const socket = await tlsSocket(server.url, { ca, rejectUnauthorized: true });
    assert.equal(socket.authorized, true);
    socket.destroy();
  });

  test('speaks TLS 1.3 and nothing older, and no plain HTTP', async (t) => {
    const { url } = await startHarness(t, { tls: 'self-made' });
    const socket = await tlsSocket(url);
    assert.equal(socket.getProtocol(), 'TLSv1.3');
    socket.destroy();
    await assert.rejects(tlsSocket(url, { maxVersion: 'TLSv1.2' }), /alert|version/i);
    await assert.rejects(http(url.replace('https:', 'http:'), DiscoveryPath.health));
    assert.equal((await http(url, DiscoveryPath.health)).status, 200);
  });

  test("uses an operator's certificate", async (t) => {
    const pair = generateKeyPair();
    const certificate = await makeServerCertificate(pair, names);
    const files = await filesOf(await temporaryFolder(t), certificate, exportPrivateKey(pair));
    const { server, url } = await startHarness(t, { tls: files });
    assert.equal(server.serverKey, fingerprintOf(pair.publicKey));
    assert.equal((await http(url, DiscoveryPath.health)).serverKey, server.serverKey);
  });

  test("says what is wrong with an operator's certificate", async (t) => {
    const pair = generateKeyPair();
    const certificate = await makeServerCertificate(pair, names);
    const key = exportPrivateKey(pair);
    const folder = await temporaryFolder(t);
    const good = await filesOf(folder, certificate, key);
    const refused = async (files: typeof good, why: RegExp, clock = new FakeClock()): Promise<void> => {
      const starting = startHarness(t, { tls: files, clock });
      await assert.rejects(starting, (error: Error) => {
        assert.ok(error instanceof CertificateFileError, String(error));
        assert.match(error.message, why);
        return true;
      });
    };
    await refused({ ...good, keyFile: path.join(folder, 'none') }, /the key of .* cannot be read \(ENOENT/);
    await refused({ ...good, certificateFile: folder }, /the certificate in .* cannot be read \(EISDIR/);
    await refused({ ...good, certificateFile: good.keyFile }, /k\.pem holds no certificate.*PEM/);
    await refused({ ...good, keyFile: good.certificateFile }, /c\.pem holds no private key/);
    const other = await filesOf(folder, certificate, exportPrivateKey(generateKeyPair()));
    await refused(other, /not the one of the certificate/);
    const own = await filesOf(folder, certificate, key);
    for (const year of [2019, 10_000]) {
      const clock = new FakeClock(Date.UTC(year, 5));
      await refused(own, /valid from Jan {2}1 .* 2020 GMT to Dec 31 .* 9999 GMT only/, clock);
    }
  });
});

describe('a signature made for another server', () => {
  test('is refused when it is relayed live, at registration and at sign-in', async (t) => {
    // Mallory's server hands Sam the challenges of the honest one, and carries the answers there.
    const honest = await startHarness(t, { tls: 'self-made' });
    const mallory = await startHarness(t, { tls: 'self-made' });
    const sam = person('Sam');
    const { nonce } = await getChallenge(honest.url);
    const { binding: seenBySam } = await getChallenge(mallory.url);
    const relayed = await postRegistration(
      honest.url,
      registrationBodyOf(sam, { nonce, binding: seenBySam }),
    );
    assert.equal(relayed.status, 401);
    assert.match(relayed.text, /"bad-signature"/);

    assert.equal((await register(honest.url, sam)).status, 201);
    const stolen = TestSession.connect(honest.url);
    const challenge = await stolen.challenge();
    stolen.send(signInFrameOf(sam, { nonce: challenge.nonce, binding: seenBySam }));
    assert.equal((await stolen.closed).code, SessionClose.badSignature);
    await TestSession.signedIn(honest.url, sam);
  });

  test('is refused when it was made for plain HTTP, or for an address', async (t) => {
    const { url, member } = await startHarness(t, { tls: 'self-made' });
    const sam = await member('Sam');
    for (const binding of [`plain:${new URL(url).port}`, `origin:${url}`]) {
      const { nonce } = await getChallenge(url);
      const eve = registrationBodyOf(person('Eve'), { nonce, binding });
      assert.equal((await postRegistration(url, eve)).status, 401, binding);
      const session = TestSession.connect(url);
      session.send(signInFrameOf(sam, { ...(await session.challenge()), binding }));
      assert.equal((await session.closed).code, SessionClose.badSignature, binding);
    }
  });
});

describe('the command', () => {
  test('speaks HTTPS on every other address, and prints the fingerprint of its key at each start', async (t) => {
    const data = await temporaryFolder(t);
    const args = ['--host', '0.0.0.0', '--port', '0', '--data', data];
    const first = await start(t, args);
    const url = first.url.replace('0.0.0.0', '127.0.0.1');
    assert.match(url, /^https:/);
    const { serverKey } = await http(url, DiscoveryPath.health);
    assert.ok(serverKey);
    const sam = person('Sam');
    assert.equal((await register(url, sam)).status, 201);
    const { stdout, code } = await first.end('SIGTERM');
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`listening on https://.*${serverKey}`));
    assert.ok(stdout.includes((serverKey.match(/.{4}/g) ?? []).join(' ')), stdout);
    const second = await start(t, args);
    assert.match((await second.end('SIGTERM')).stdout, new RegExp(`listening on .*${serverKey}`));
    const kept = new X509Certificate(await readFile(path.join(data, 'tls-cert.pem')));
    assert.equal(fingerprintOf(kept.publicKey), serverKey);
  });

  test('says in one line that a certificate cannot be read', async (t) => {
    const data = await temporaryFolder(t);
    const { code, stderr } = await run(['--data', data, '--tls-cert', 'none.pem', '--tls-key', 'none.pem']);
    assert.equal(code, 1);
    assert.match(stderr, /^discovery-server: the certificate in none\.pem cannot be read [^\n]+\n$/);
  });

  test('stops although a TLS handshake hangs', async (t) => {
    const running = await start(t, ['--tls', '--port', '0', '--data', await temporaryFolder(t)]);
    const { hostname, port } = new URL(running.url);
    const hanging = connectTcp(Number(port), hostname);
    cleanUp(t, () => hanging.destroy());
    hanging.on('error', () => undefined);
    await once(hanging, 'connect');
    const begun = performance.now();
    assert.equal((await running.end('SIGTERM')).code, 0);
    assert.ok(performance.now() - begun < 4_000);
  });
});
