import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { DiscoveryPath, SESSION_PROTOCOL, SessionClose } from '@p2p-chat/protocol/discovery';
import { HANDSHAKE_TIMEOUT_MS, MAX_SESSION_FRAME_BYTES, MAX_WATCHES } from '@p2p-chat/protocol/limits';
import { startHarness } from './harness.ts';
import { newDevice, person, signInFrameOf, TestSession } from './test-client.ts';

const endpoint = { address: '192.0.2.7', port: 40_000 };

describe('signing in', () => {
  test('welcomes whoever proves the identity, and is seen by others', async (t) => {
    const { url, member, signedIn, clock } = await startHarness(t);
    const sam = await member('Sam');
    const session = TestSession.connect(url);
    const welcome = await session.signIn(sam, [endpoint]);
    assert.deepEqual(welcome.user, { name: 'Sam', identity: sam.identity });
    const { session: carol } = await signedIn('Carol');
    assert.deepEqual(await carol.lookUp(sam.identity), {
      name: 'Sam',
      identity: sam.identity,
      online: true,
      lastSeen: clock.now(),
      device: sam.device,
      endpoints: [endpoint],
    });
  });

  test('refuses a signature by another key', async (t) => {
    const { url, member } = await startHarness(t);
    const sam = await member('Sam');
    const session = TestSession.connect(url);
    const challenge = await session.challenge();
    const forged = signInFrameOf(person('Sam'), challenge);
    session.send({ ...forged, identity: signInFrameOf(sam, challenge).identity });
    assert.equal((await session.closed).code, SessionClose.badSignature);
  });

  test('refuses a signature for another device or another challenge', async (t) => {
    const { url, member } = await startHarness(t);
    const sam = await member('Sam');
    const first = TestSession.connect(url);
    const challenge = await first.challenge();
    const second = TestSession.connect(url);
    await second.next('challenge');
    second.send(signInFrameOf(sam, challenge));
    assert.equal((await second.closed).code, SessionClose.badSignature);
    first.send({ ...signInFrameOf(sam, challenge), device: newDevice() });
    assert.equal((await first.closed).code, SessionClose.badSignature);
  });

  for (const address of ['0.0.0.0', '::', '::ffff:0.0.0.0', '224.0.0.251', 'ff02::fb', '255.255.255.255']) {
    test(`refuses the endpoint ${address}, to which nobody’s client shall be sent`, async (t) => {
      const { url, member } = await startHarness(t);
      const sam = await member('Sam');
      const session = TestSession.connect(url);
      const challenge = await session.challenge();
      session.send(signInFrameOf(sam, challenge, [{ address, port: 40_000 }]));
      const { code, reason } = await session.closed;
      assert.equal(code, SessionClose.badRequest);
      assert.match(reason, /^endpoints\.0\.address: an unspecified, multicast or broadcast address/);
    });
  }

  test('tells an identity without an account to register', async (t) => {
    const { url } = await startHarness(t);
    const session = TestSession.connect(url);
    const challenge = await session.challenge();
    session.send(signInFrameOf(person('Sam'), challenge));
    const { code, reason } = await session.closed;
    assert.equal(code, SessionClose.notRegistered);
    assert.match(reason, /register first/);
  });

  test('waits for HANDSHAKE_TIMEOUT_MS and no longer', async (t) => {
    const { url, clock } = await startHarness(t);
    const session = TestSession.connect(url);
    await session.next('challenge');
    clock.advance(HANDSHAKE_TIMEOUT_MS);
    assert.equal((await session.closed).code, SessionClose.signInTimeout);
  });

  test('closes the older session of the identity, on the same device and on another', async (t) => {
    const { url, signedIn } = await startHarness(t);
    const { who, session: first } = await signedIn('Sam');
    const second = await TestSession.signedIn(url, who);
    assert.equal((await first.closed).code, SessionClose.replaced);
    const third = await TestSession.signedIn(url, { ...who, device: newDevice() });
    assert.equal((await second.closed).code, SessionClose.replaced);
    assert.equal((await third.lookUp(who.identity))?.online, true);
  });

  test('leaves the account to the device that signed in last, unless the person is asking', async (t) => {
    const { url, signedIn } = await startHarness(t);
    const { who, session: first } = await signedIn('Sam');
    const newer = { ...who, device: newDevice() };
    const current = await TestSession.signedIn(url, newer);
    assert.equal((await first.closed).code, SessionClose.replaced);
    const woken = TestSession.connect(url);
    woken.send(signInFrameOf(who, await woken.challenge(), [], false));
    assert.equal((await woken.closed).code, SessionClose.replaced);
    const reloaded = TestSession.connect(url);
    reloaded.send(signInFrameOf(newer, await reloaded.challenge(), [], false));
    await reloaded.next('welcome');
    assert.equal((await current.closed).code, SessionClose.replaced);
    assert.equal((await reloaded.lookUp(who.identity))?.device, newer.device);
  });

  test('answers nothing before it', async (t) => {
    const { url, signedIn } = await startHarness(t);
    await signedIn('Sam');
    const session = TestSession.connect(url);
    await session.next('challenge');
    session.send({ type: 'directory', id: 1, after: null, limit: 10 });
    assert.equal((await session.closed).code, SessionClose.badRequest);
    assert.deepEqual(session.waiting(), []);
  });
});

describe('a session', () => {
  test('closes on a malformed frame and says where it is wrong', async (t) => {
    const { url, member } = await startHarness(t);
    for (const [frame, where] of [
      ['{"type":', /not UTF-8 JSON/],
      ['{"type":"unheard-of","id":1}', /^type: /],
      ['{"type":"directory","id":1,"after":null,"limit":51}', /^limit: /],
      [
        '{"type":"announce","id":1,"endpoints":[{"address":"evil.example","port":4000}]}',
        /^endpoints\.0\.address/,
      ],
      ['{"type":"announce","id":1,"endpoints":[{"address":"10.0.0.1","port":80}]}', /^endpoints\.0\.port/],
      [
        '{"type":"announce","id":1,"endpoints":[{"address":"0.0.0.0","port":4000}]}',
        /^endpoints\.0\.address: an unspecified, multicast or broadcast address is not that of one machine$/,
      ],
      [
        '{"type":"announce","id":1,"endpoints":[{"address":"10.0.0.1","port":4000},{"address":"ff02::1","port":4000}]}',
        /^endpoints\.1\.address: an unspecified, multicast or broadcast address/,
      ],
      ['{"type":"look-up","id":-1,"identity":"x"}', /^id: .*identity: /],
    ] as const) {
      const session = await TestSession.signedIn(url, await member(`u${frame.length}`));
      session.send(frame);
      const { code, reason } = await session.closed;
      assert.equal(code, SessionClose.badRequest);
      assert.match(reason, where);
    }
    const binary = await TestSession.signedIn(url, await member('binary'));
    binary.socket.send(Buffer.from('{"type":"resync","id":1}'));
    assert.equal((await binary.closed).code, SessionClose.badRequest);
  });

  test('closes on a frame that is too large', async (t) => {
    const { signedIn } = await startHarness(t);
    const { session } = await signedIn('Sam');
    session.send('x'.repeat(MAX_SESSION_FRAME_BYTES + 1));
    assert.equal((await session.closed).code, 1009);
  });

  test('is not opened for web pages, other hosts, other paths or without its subprotocol', async (t) => {
    const { url } = await startHarness(t);
    const { host, hostname, port } = new URL(url);
    for (const [path, headers, status] of [
      [DiscoveryPath.session, { Host: host, Origin: 'null' }, 403],
      [DiscoveryPath.session, { Host: 'evil.example' }, 403],
      ['/v1/other', { Host: host }, 404],
      [DiscoveryPath.session, { Host: host, 'Sec-WebSocket-Protocol': 'other' }, 400],
      [DiscoveryPath.session, { Host: host, 'Sec-WebSocket-Version': '7' }, 400],
    ] as const) {
      const all = {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64'),
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Protocol': SESSION_PROTOCOL,
        ...headers,
      };
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
      const answer = await text(socket);
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} .*"error":\\{"code":"`, 's'));
    }
  });

  test('pages through the directory', async (t) => {
    const { signedIn, member } = await startHarness(t);
    const { session } = await signedIn('Bob');
    for (const name of ['dan', 'Alice', 'carol']) await member(name);
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const answer = await session.ask({ type: 'directory', after, limit: 2 });
      assert.ok(answer.type === 'result' && answer.page !== undefined);
      seen.push(...answer.page.users.map(({ name }) => name));
      after = answer.page.next;
    } while (after !== null);
    assert.deepEqual(seen, ['Alice', 'Bob', 'carol', 'dan']);
  });

  test('looks an identity up, and has none of a stranger', async (t) => {
    const { signedIn } = await startHarness(t);
    const { who, session } = await signedIn('Sam');
    assert.equal((await session.lookUp(who.identity))?.name, 'Sam');
    assert.equal(await session.lookUp(person('Eve').identity), null);
  });

  test('refuses more watches than MAX_WATCHES and keeps those it has', async (t) => {
    const { signedIn } = await startHarness(t);
    const { who, session } = await signedIn('Sam');
    const strangers = Array.from({ length: MAX_WATCHES - 1 }, (_, n) => n.toString(16).padStart(64, '0'));
    assert.equal((await session.watch(who.identity)).length, 1);
    assert.deepEqual(await session.watch(...strangers), []);
    const answer = await session.ask({ type: 'watch', identities: ['f'.repeat(64)] });
    assert.ok(answer.type === 'error' && answer.code === 'too-many');
    await session.ask({ type: 'announce', endpoints: [endpoint] });
    assert.deepEqual((await session.next('presence')).presence.endpoints, [endpoint]);
  });
});
