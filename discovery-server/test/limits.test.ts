import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import {
  challengeAnswer,
  DiscoveryPath,
  errorBody,
  health,
  SESSION_PROTOCOL,
  SessionClose,
} from '@p2p-chat/protocol/discovery';
import { MAX_OPEN_NONCES } from '@p2p-chat/protocol/limits';
import { decodeJson } from '@p2p-chat/protocol/text';
import { addressGroup, siteOf, trustOf } from '../src/address.ts';
import { SERVER_LIMITS, SITE_FACTOR } from '../src/limits.ts';
import { AddressRateLimit, RateLimit, SiteRateLimit } from '../src/rate-limits.ts';
import { Refusal } from '../src/refusal.ts';
import { AddressTally, Tally } from '../src/tally.ts';
import { cleanUp } from './cleanup.ts';
import { startHarness } from './harness.ts';
import {
  http,
  type HttpAnswer,
  person,
  postRegistration,
  register,
  registrationBodyOf,
  signInFrameOf,
  TestSession,
} from './test-client.ts';

const rate = (calls: number) => ({ calls, seconds: 60 });

function assertTooMany(answer: HttpAnswer): void {
  assert.equal(answer.status, 429);
  assert.equal(decodeJson(errorBody, answer.text).error.code, 'too-many');
  const wait = Number(answer.headers.get('retry-after'));
  assert.ok(wait >= 1 && wait <= 60, `Retry-After: ${wait}`);
}

/** A bare TCP connection; what the server says is in `answer` once it has closed it. */
async function tcp(t: TestContext, url: string): Promise<{ socket: Socket; answer: Promise<string> }> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  cleanUp(t, () => socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return { socket, answer: text(socket).catch(() => '') };
}

/** The answer to a WebSocket handshake that is refused. */
async function handshake(url: string): Promise<HttpAnswer> {
  return http(url, DiscoveryPath.session, {
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': Buffer.alloc(16).toString('base64'),
      'sec-websocket-version': '13',
      'sec-websocket-protocol': SESSION_PROTOCOL,
    },
  });
}

/** Tries until it works: the server hears a moment later than this end that a socket is gone. */
async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  const end = performance.now() + 5_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > end) throw error;
      await setTimeout(20);
    }
  }
}

/** Sends a byte now and then, as whoever wants to hold a socket for ever. */
function drip(t: TestContext, socket: Socket, byte: string): void {
  const timer = setInterval(() => socket.write(byte), 200);
  socket.once('close', () => clearInterval(timer));
  cleanUp(t, () => clearInterval(timer));
}

describe('HTTP requests by one address', () => {
  test('are limited as challenges, as registrations and in all, each answered 429 with Retry-After', async (t) => {
    for (const [limits, path, method] of [
      [{ challenges: rate(2) }, DiscoveryPath.challenges, 'POST'],
      [{ registrations: rate(2) }, DiscoveryPath.accounts, 'POST'],
      [{ httpCalls: rate(2) }, '/nothing', 'GET'],
      [{ httpCalls: rate(2) }, DiscoveryPath.health, 'GET'],
    ] as const) {
      const { url } = await startHarness(t, { limits });
      for (let n = 0; n < 2; n += 1) assert.notEqual((await http(url, path, { method })).status, 429);
      const refused = await http(url, path, { method });
      assertTooMany(refused);
      assert.equal(refused.headers.get('connection'), 'close');
      const other = await http(url, path, { method, localAddress: '127.0.0.2' });
      assert.notEqual(other.status, 429);
    }
  });

  test('make so many accounts in an hour, and existing accounts do not count', async (t) => {
    const { url } = await startHarness(t, { limits: { newAccounts: rate(2) } });
    const sam = person('Sam');
    assert.equal((await register(url, sam)).status, 201);
    for (let n = 0; n < 3; n += 1) assert.equal((await register(url, sam)).status, 200);
    assert.equal((await register(url, person('Sam'))).status, 409);
    assert.equal((await register(url, person('Carol'))).status, 201);
    assertTooMany(await register(url, person('Dan')));
    assert.equal((await register(url, person('Dan'), { localAddress: '127.0.0.2' })).status, 201);
  });

  test('make no more accounts than that when all come at once', async (t) => {
    const { url } = await startHarness(t, { limits: { newAccounts: rate(5) } });
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, n) => register(url, person(`user-${n}`))),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [
      ...Array<number>(5).fill(201),
      ...Array<number>(7).fill(429),
    ]);
    const { accounts } = decodeJson(health, (await http(url, DiscoveryPath.health)).text);
    assert.equal(accounts, 5);
  });

  test('can take a part of the open nonces only', () => {
    assert.ok(SERVER_LIMITS.challenges.calls <= MAX_OPEN_NONCES / 10);
    assert.equal(SERVER_LIMITS.challenges.seconds, 60);
  });
});

describe('sessions by one address', () => {
  test('are let in so often only', async (t) => {
    const { url } = await startHarness(t, { limits: { handshakes: rate(2) } });
    for (let n = 0; n < 2; n += 1) await TestSession.connect(url).next('challenge');
    assertTooMany(await handshake(url));
    await TestSession.connect(url, { localAddress: '127.0.0.2' }).next('challenge');
  });

  test('that have not signed in are few; signing in makes room, and so does leaving', async (t) => {
    const { url, member } = await startHarness(t, { limits: { waitingPerAddress: 2 } });
    const sam = await member('Sam');
    const first = TestSession.connect(url);
    await first.next('challenge');
    const second = TestSession.connect(url);
    const challenge = await second.challenge();
    assertTooMany(await handshake(url));
    second.send(signInFrameOf(sam, challenge));
    await second.next('welcome');
    await TestSession.connect(url).next('challenge');
    assertTooMany(await handshake(url));
    first.kill();
    await eventually(() => TestSession.connect(url).next('challenge'));
    assert.equal((await second.lookUp(sam.identity))?.online, true);
  });
});

describe('sockets', () => {
  test('are limited by address, idle ones too', async (t) => {
    const { url } = await startHarness(t, { limits: { socketsPerAddress: 3 } });
    const idle = [await tcp(t, url), await tcp(t, url), await tcp(t, url)];
    const { answer } = await tcp(t, url);
    assert.equal(await answer, '');
    assert.equal((await http(url, DiscoveryPath.health, { localAddress: '127.0.0.2' })).status, 200);
    await assert.rejects(http(url, DiscoveryPath.health));
    idle[0]?.socket.destroy();
    assert.equal((await eventually(() => http(url, DiscoveryPath.health))).status, 200);
  });

  test('are limited in all', async (t) => {
    const { url } = await startHarness(t, { limits: { sockets: 2 } });
    await tcp(t, url);
    await tcp(t, url);
    const { answer } = await tcp(t, url);
    assert.equal(await answer, '');
  });
});

describe('whoever is slow', () => {
  const handshakeMs = 2_000;
  /** Within the limit, and time for a busy machine to notice. */
  const IN_TIME_MS = 4_000;

  const cutInTime = async (closed: Promise<unknown>): Promise<void> => {
    const begun = performance.now();
    await closed;
    const took = performance.now() - begun;
    assert.ok(took < IN_TIME_MS, `it took ${Math.round(took)} ms`);
  };

  test('is cut in the TLS handshake', async (t) => {
    const { url } = await startHarness(t, { tls: 'self-made', limits: { handshakeMs } });
    const silent = await tcp(t, url);
    const slow = await tcp(t, url);
    drip(t, slow.socket, '\x16');
    await Promise.all([cutInTime(silent.answer), cutInTime(slow.answer)]);
  });

  for (const tls of ['self-made', undefined] as const) {
    const scheme = tls === undefined ? 'HTTP' : 'HTTPS';

    test(`is cut before, in and after the headers of an ${scheme} request`, async (t) => {
      const { url } = await startHarness(t, {
        limits: { handshakeMs },
        ...(tls === undefined ? {} : { tls }),
      });
      const { hostname, port } = new URL(url);
      const open = async (): Promise<{ socket: Socket; answer: Promise<string> }> => {
        if (tls === undefined) return tcp(t, url);
        const socket = connectTls({ host: hostname, port: Number(port), rejectUnauthorized: false });
        cleanUp(t, () => socket.destroy());
        socket.on('error', () => undefined);
        await once(socket, 'secureConnect');
        return { socket, answer: text(socket).catch(() => '') };
      };
      const silent = await open();
      const headers = await open();
      headers.socket.write(`GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: `);
      drip(t, headers.socket, 'x');
      const body = await open();
      body.socket.write(
        'POST /v1/accounts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n' +
          'Content-Length: 5000\r\n\r\n',
      );
      drip(t, body.socket, '{');
      const upgrade = await open();
      upgrade.socket.write(
        `GET ${DiscoveryPath.session} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: `,
      );
      drip(t, upgrade.socket, 'w');
      await Promise.all([silent, headers, body, upgrade].map(({ answer }) => cutInTime(answer)));
      assert.match(await headers.answer, /^HTTP\/1\.1 408 /);
      assert.equal((await http(url, DiscoveryPath.health)).status, 200);
    });
  }

  test('is cut when a kept socket stays idle', async (t) => {
    const { url } = await startHarness(t, { limits: { idleMs: 500 } });
    const { socket, answer } = await tcp(t, url);
    socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const begun = performance.now();
    assert.match(await answer, /^HTTP\/1\.1 200 .*"status":"ok"/s);
    assert.ok(performance.now() - begun < IN_TIME_MS);
  });
});

describe('requests on a session', () => {
  test('beyond the limit are answered too-many in order, and the session lives on', async (t) => {
    const { signedIn } = await startHarness(t, { limits: { requests: rate(3) } });
    const { who, session } = await signedIn('Sam');
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => session.ask({ type: 'look-up', identity: who.identity })),
    );
    assert.deepEqual(
      answers.map((answer) => (answer.type === 'error' ? answer.code : answer.found?.name)),
      ['Sam', 'Sam', 'Sam', 'too-many', 'too-many'],
    );
  });

  test('that go on all the same end the session', async (t) => {
    const { url, signedIn } = await startHarness(t, { limits: { requests: rate(3) } });
    const { who, session } = await signedIn('Sam');
    for (let id = 100; id < 108; id += 1) session.send({ type: 'resync', id });
    assert.equal((await session.closed).code, SessionClose.tooMany);
    // A new session of the same account has no new allowance.
    const next = await TestSession.signedIn(url, who);
    next.send({ type: 'resync', id: 1 });
    assert.equal((await next.closed).code, SessionClose.tooMany);
  });

  test('that everybody watching is told of are fewer, and the others go on', async (t) => {
    const { signedIn } = await startHarness(t, { limits: { changes: rate(2) } });
    const { who, session: sam } = await signedIn('Sam');
    const { session: carol } = await signedIn('Carol');
    await carol.watch(who.identity);
    const announced = [];
    for (let port = 4000; port < 4003; port += 1) {
      announced.push(await sam.ask({ type: 'announce', endpoints: [{ address: '192.0.2.1', port }] }));
    }
    assert.deepEqual(
      announced.map(({ type }) => type),
      ['result', 'result', 'error'],
    );
    assert.equal((await sam.ask({ type: 'rename', name: 'Samuel' })).type, 'error');
    assert.equal((await sam.lookUp(who.identity))?.endpoints[0]?.port, 4001);
    await carol.ask({ type: 'resync' });
    const pushes = carol.waiting().filter(({ type }) => type === 'presence');
    assert.equal(pushes.length, 2);
  });

  test('are done in the order in which they came, whatever their kind', async (t) => {
    const { signedIn } = await startHarness(t);
    const { session } = await signedIn('Sam');
    const endpoint = { address: '192.0.2.1', port: 4000 };
    for (let id = 100; id < 140; id += 2) {
      session.send({ type: 'announce', id, endpoints: [{ ...endpoint, port: 4000 + id }] });
      session.send({ type: 'resync', id: id + 1 });
    }
    const answered: number[] = [];
    while (answered.length < 40) answered.push((await session.next('result')).id);
    assert.deepEqual(
      answered,
      Array.from({ length: 40 }, (_, n) => 100 + n),
    );
  });

  test('are counted for each account by itself', async (t) => {
    const { signedIn } = await startHarness(t, { limits: { requests: rate(1) } });
    const { session: sam } = await signedIn('Sam');
    const { session: carol } = await signedIn('Carol');
    assert.equal((await sam.ask({ type: 'resync' })).type, 'result');
    assert.equal((await sam.ask({ type: 'resync' })).type, 'error');
    assert.equal((await carol.ask({ type: 'resync' })).type, 'result');
  });

  test('are counted for all accounts of one address together too, and none of them is closed for others', async (t) => {
    const { signedIn } = await startHarness(t, { limits: { requestsPerAddress: rate(10) } });
    const sessions = [];
    for (const name of ['Sam', 'Carol', 'Dave']) sessions.push((await signedIn(name)).session);
    const answers: string[] = [];
    for (let round = 0; round < 10; round += 1) {
      for (const session of sessions) answers.push((await session.ask({ type: 'resync' })).type);
    }
    assert.deepEqual(
      [answers.indexOf('error'), answers.filter((type) => type === 'result').length, answers.length],
      [10, 10, 30],
    );
  });

  test('that everybody watching is told of are counted for one address too', async (t) => {
    const { signedIn } = await startHarness(t, { limits: { changesPerAddress: rate(2) } });
    const answers: string[] = [];
    for (const name of ['Sam', 'Carol', 'Dave']) {
      const { session } = await signedIn(name);
      const endpoints = [{ address: '192.0.2.1', port: 4000 }];
      answers.push((await session.ask({ type: 'announce', endpoints })).type);
      assert.equal((await session.ask({ type: 'resync' })).type, 'result');
    }
    assert.deepEqual(answers, ['result', 'result', 'error']);
  });

  test('of somebody with 1,000 contacts, all looked up at once, are within the limit', async (t) => {
    const { signedIn } = await startHarness(t);
    const { session } = await signedIn('Sam');
    const contacts = Array.from({ length: 990 }, (_, n) => n.toString(16).padStart(64, '0'));
    assert.equal((await session.ask({ type: 'watch', identities: contacts })).type, 'result');
    const answers = await Promise.all(contacts.map((identity) => session.ask({ type: 'look-up', identity })));
    assert.ok(answers.every(({ type }) => type === 'result'));
  });

  test('before the welcome end the session', async (t) => {
    const { url, member } = await startHarness(t);
    const sam = await member('Sam');
    const session = TestSession.connect(url);
    const challenge = await session.challenge();
    session.send(signInFrameOf(sam, challenge));
    session.send(signInFrameOf(sam, challenge));
    assert.equal((await session.closed).code, SessionClose.badRequest);
  });
});

describe('sign-ins of one account', () => {
  test('are so many a minute, and only proved ones count', async (t) => {
    const { url, member } = await startHarness(t, { limits: { signIns: rate(2) } });
    const sam = await member('Sam');
    for (let n = 0; n < 3; n += 1) {
      const forger = TestSession.connect(url);
      const challenge = await forger.challenge();
      const forged = signInFrameOf(person('Sam'), challenge);
      forger.send({ ...forged, identity: signInFrameOf(sam, challenge).identity });
      assert.equal((await forger.closed).code, SessionClose.badSignature);
    }
    await TestSession.signedIn(url, sam);
    const second = await TestSession.signedIn(url, sam);
    const third = TestSession.connect(url);
    third.send(signInFrameOf(sam, await third.challenge()));
    assert.equal((await third.closed).code, SessionClose.tooMany);
    assert.equal((await second.lookUp(sam.identity))?.online, true);
  });
});

describe('frames of a session', () => {
  test('in more pieces than any client sends end the session', async (t) => {
    const { signedIn } = await startHarness(t);
    const { session } = await signedIn('Sam');
    for (let piece = 0; piece < 100; piece += 1) session.socket.send(' ', { fin: false });
    assert.equal((await session.closed).code, 1008);
  });

  test('that ask for pongs which nobody reads end the session', async (t) => {
    const { signedIn } = await startHarness(t);
    const { session } = await signedIn('Sam');
    session.socket.pause();
    const gone = new Promise<void>((resolve) => {
      const flood = (): void => {
        session.socket.ping('x'.repeat(125), undefined, (error?: Error) => {
          if (error === undefined) setImmediate(flood);
          else resolve();
        });
      };
      for (let at = 0; at < 50; at += 1) flood();
    });
    await gone;
  });
});

describe('limits by address', () => {
  test('take an IPv4 address as one, mapped or not, and the /64 of an IPv6 address', () => {
    assert.equal(addressGroup('192.0.2.1'), addressGroup('::ffff:192.0.2.1'));
    assert.notEqual(addressGroup('192.0.2.1'), addressGroup('192.0.2.2'));
    assert.equal(addressGroup('2001:db8:1:2::1'), addressGroup('2001:db8:1:2:ffff:ffff:ffff:ffff'));
    assert.notEqual(addressGroup('2001:db8:1:2::1'), addressGroup('2001:db8:1:3::1'));
    assert.equal(addressGroup('fe80::1%eth0'), addressGroup('fe80::2'));
    for (const none of [undefined, '', 'unknown', '_hidden', '1.2.3.4:5678']) {
      assert.equal(addressGroup(none), 'unknown', none);
    }
  });

  test('trust as many proxies as there are, or those that are named', () => {
    const none = trustOf(undefined);
    assert.equal(none('127.0.0.1', 0), false);
    const two = trustOf(2);
    assert.deepEqual(
      [0, 1, 2].map((hop) => two('192.0.2.1', hop)),
      [true, true, false],
    );
    const named = trustOf(['192.0.2.0/24', 'loopback']);
    assert.deepEqual(
      ['192.0.2.7', '127.0.0.1', '::1', '198.51.100.1'].map((address) => named(address, 5)),
      [true, true, true, false],
    );
    assert.throws(() => trustOf(['nginx']), TypeError);
  });

  test('keep a bounded number of counters, however many addresses come', async () => {
    const limit = new AddressRateLimit({ calls: 1, seconds: 3_600 }, { apart: 100, shared: 50 });
    let refused = 0;
    for (let n = 0; n < 2_000; n += 1) {
      await limit.spend(`flood-${n}`).catch((error: unknown) => {
        assert.ok(error instanceof Refusal);
        refused += 1;
      });
    }
    assert.ok(limit.size <= 150, `${limit.size} counters`);
    assert.ok(refused >= 2_000 - 150, `${refused} refused`);
    await assert.rejects(limit.spend('flood-0'), Refusal);
    await limit.giveBack('flood-0');
    await limit.stop();
    assert.equal(limit.size, 0);
  });

  test('say when to come back, and that somebody does not listen', async () => {
    const limit = new RateLimit({ calls: 2, seconds: 30 });
    const verdicts = [];
    for (let call = 0; call < 5; call += 1) verdicts.push(await limit.take('sam'));
    assert.deepEqual(
      verdicts.map(({ granted, deaf }) => ({ granted, deaf })),
      [
        { granted: true, deaf: false },
        { granted: true, deaf: false },
        { granted: false, deaf: false },
        { granted: false, deaf: false },
        { granted: false, deaf: true },
      ],
    );
    assert.ok(verdicts.every(({ retryAfter }) => retryAfter >= 1 && retryAfter <= 30));
    await limit.stop();
    assert.equal((await limit.take('sam')).granted, true);
    await limit.stop();
  });

  test('let in so many at a time, and remember nobody who left', () => {
    const tally = new Tally();
    const first = tally.add('sam', 2);
    const second = tally.add('sam', 2);
    assert.equal(tally.add('sam', 2), undefined);
    assert.ok(first && second);
    first();
    first();
    assert.ok(tally.add('sam', 2));
    assert.equal(tally.add('sam', 2), undefined);
    const other = tally.add('carol', 1);
    other?.();
    assert.equal(tally.size, 1);
  });

  test('let one household have several times what one of its /64s may, and others go on', async () => {
    const at = (site: number, network: number): string => addressGroup(`2001:db8:${site}:${network}::1`);
    assert.equal(siteOf(at(1, 2)), siteOf(at(1, 3)));
    assert.notEqual(siteOf(at(1, 2)), siteOf(at(2, 2)));
    assert.equal(siteOf(addressGroup('192.0.2.1')), undefined);
    assert.equal(siteOf(addressGroup(undefined)), undefined);

    const limit = new SiteRateLimit({ calls: 2, seconds: 60 });
    const tally = new AddressTally();
    const left: (() => void)[] = [];
    for (let network = 0; network < SITE_FACTOR; network += 1) {
      for (let call = 0; call < 2; call += 1) {
        await limit.spend(at(1, network));
        const leave = tally.add(at(1, network), 2);
        assert.ok(leave);
        left.push(leave);
      }
      await assert.rejects(limit.spend(at(1, network)), Refusal);
      assert.equal(tally.add(at(1, network), 2), undefined);
    }
    await limit.giveBack(at(1, 0));
    await limit.spend(at(1, 100));
    await assert.rejects(limit.spend(at(1, 101)), Refusal);
    assert.equal(tally.add(at(1, 100), 2), undefined);
    await limit.spend(at(2, 0));
    assert.ok(tally.add(at(2, 0), 2));
    left[0]?.();
    left[0]?.();
    assert.ok(tally.add(at(1, 101), 2));
    assert.equal(tally.add(at(1, 102), 2), undefined);
    await limit.stop();
  });
});

describe('new accounts by an IPv6 household', () => {
  test('are limited by its /48 as well, so that it does not fill the directory', async (t) => {
    const publicOrigin = 'https://chat.example.com';
    const proxy = { publicOrigin, trusted: 1 };
    const { url } = await startHarness(t, { proxy, limits: { newAccounts: rate(2) } });
    const from = async (address: string, name: string): Promise<number> => {
      const via = { headers: { 'x-forwarded-for': address } };
      const challenge = await http(url, DiscoveryPath.challenges, { ...via, method: 'POST' });
      const { nonce } = decodeJson(challengeAnswer, challenge.text);
      const body = registrationBodyOf(person(name), { nonce, binding: `origin:${publicOrigin}` });
      return (await postRegistration(url, body, via)).status;
    };
    const statuses: number[] = [];
    for (let n = 0; n < 12; n += 1) {
      statuses.push(await from(`2001:db8:0:${0x100 + Math.floor(n / 2)}::1`, `user-${n}`));
    }
    assert.deepEqual(statuses, [...Array<number>(8).fill(201), ...Array<number>(4).fill(429)]);
    assert.equal(await from('198.51.100.7', 'honest'), 201);
    assert.equal(await from('2001:db8:1::1', 'neighbour'), 201);
  });
});
