import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { DiscoveryPath, SessionClose } from '@p2p-chat/protocol/discovery';
import type { TrustProxy } from '../src/address.ts';
import { type Harness, type HarnessOptions, startHarness } from './harness.ts';
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
import { startTlsProxy, type TlsProxy } from './tls-proxy.ts';

/** A server that speaks plain HTTP on loopback, behind a proxy with TLS. */
async function behindProxy(
  t: TestContext,
  trusted: TrustProxy = 1,
  options: HarnessOptions = {},
): Promise<{ harness: Harness; proxy: TlsProxy }> {
  const proxy = await startTlsProxy(t);
  const harness = await startHarness(t, { proxy: { publicOrigin: proxy.origin, trusted }, ...options });
  proxy.forwardTo(harness.url);
  return { harness, proxy };
}

describe('a server behind a proxy with TLS', () => {
  test('registers and signs people in, bound to the address that they entered', async (t) => {
    const { proxy } = await behindProxy(t);
    const { binding } = await getChallenge(proxy.origin);
    assert.equal(binding, `origin:${proxy.origin}`);
    const sam = person('Sam');
    assert.equal((await register(proxy.origin, sam)).status, 201);
    const session = await TestSession.signedIn(proxy.origin, sam);
    assert.equal((await session.lookUp(sam.identity))?.online, true);
  });

  test('refuses what was signed for another address, for a key, or for plain HTTP', async (t) => {
    const { proxy } = await behindProxy(t);
    const sam = person('Sam');
    assert.equal((await register(proxy.origin, sam)).status, 201);
    for (const binding of [
      'origin:https://chat.example.com',
      `tls:${proxy.serverKey}`,
      `plain:${new URL(proxy.origin).port}`,
    ]) {
      const { nonce } = await getChallenge(proxy.origin);
      const eve = registrationBodyOf(person('Eve'), { nonce, binding });
      assert.equal((await postRegistration(proxy.origin, eve)).status, 401, binding);
      const session = TestSession.connect(proxy.origin);
      session.send(signInFrameOf(sam, { ...(await session.challenge()), binding }));
      assert.equal((await session.closed).code, SessionClose.badSignature, binding);
    }
  });

  test('asks for the address on its own TLS as well', async (t) => {
    const { harness, proxy } = await behindProxy(t, 1, { tls: 'self-made' });
    const { text } = await http(harness.url, DiscoveryPath.challenges, { method: 'POST' });
    assert.match(text, /"binding":"origin"/);
    assert.notEqual(harness.server.serverKey, proxy.serverKey);
  });

  test('answers to its public host and to loopback, and to no other', async (t) => {
    const { harness, proxy } = await behindProxy(t);
    assert.equal((await http(proxy.origin, DiscoveryPath.health)).status, 200);
    assert.equal((await http(harness.url, DiscoveryPath.health)).status, 200);
    const { host } = new URL(proxy.origin);
    for (const [name, status] of [
      [host.toUpperCase(), 200],
      ['evil.example', 403],
      [`${host}.evil.example`, 403],
    ] as const) {
      const { status: answered } = await http(harness.url, DiscoveryPath.health, { headers: { host: name } });
      assert.equal(answered, status, name);
    }
  });

  test('counts each client of the proxy for itself', async (t) => {
    const limits = { challenges: { calls: 2, seconds: 60 } };
    const { proxy } = await behindProxy(t, ['127.0.0.1'], { limits });
    const ask = (localAddress: string) =>
      http(proxy.origin, DiscoveryPath.challenges, { method: 'POST', localAddress });
    assert.equal((await ask('127.0.0.2')).status, 201);
    assert.equal((await ask('127.0.0.2')).status, 201);
    assert.equal((await ask('127.0.0.2')).status, 429);
    assert.equal((await ask('127.0.0.3')).status, 201);
  });

  test('believes X-Forwarded-For as far as it trusts, so that nobody can pretend to be many', async (t) => {
    const limits = { challenges: { calls: 2, seconds: 60 } };
    const { proxy } = await behindProxy(t, 1, { limits });
    const ask = (headers: Record<string, string>) =>
      http(proxy.origin, DiscoveryPath.challenges, { method: 'POST', headers });
    assert.equal((await ask({ 'x-forwarded-for': '192.0.2.1' })).status, 201);
    assert.equal((await ask({ 'x-forwarded-for': '192.0.2.2' })).status, 201);
    assert.equal((await ask({ 'x-forwarded-for': '192.0.2.3' })).status, 429);
  });

  test('does not believe it at all without a trusted proxy', async (t) => {
    const { url } = await startHarness(t, { limits: { challenges: { calls: 1, seconds: 60 } } });
    const ask = (address: string) =>
      http(url, DiscoveryPath.challenges, { method: 'POST', headers: { 'x-forwarded-for': address } });
    assert.equal((await ask('192.0.2.1')).status, 201);
    assert.equal((await ask('192.0.2.2')).status, 429);
  });

  test('limits the sockets of each client, and not those of the proxy', async (t) => {
    const { proxy } = await behindProxy(t, ['127.0.0.1'], { limits: { socketsPerAddress: 2 } });
    const from = async (localAddress: string) => {
      const session = TestSession.connect(proxy.origin, { localAddress });
      await session.next('challenge');
      return session;
    };
    const open = [await from('127.0.0.2'), await from('127.0.0.2'), await from('127.0.0.3')];
    await assert.rejects(from('127.0.0.2'), /the session was closed/);
    open[0]?.kill();
    await open[0]?.closed;
    assert.ok(await from('127.0.0.3'));
  });
});
