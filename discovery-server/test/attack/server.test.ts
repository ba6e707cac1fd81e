import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { WebSocket } from 'ws';
import { DiscoveryPath, RELAY_PROTOCOL, SESSION_PROTOCOL, SessionClose } from '@p2p-chat/protocol/discovery';
import {
  MAX_HTTP_BODY_BYTES,
  MAX_RELAY_FRAME_BYTES,
  MAX_SESSION_FRAME_BYTES,
  MAX_WATCHES,
} from '@p2p-chat/protocol/limits';
import {
  newDevice,
  person,
  postRegistration,
  register,
  registrationBody,
  signInFrameOf,
  TestSession,
} from '../test-client.ts';
import { Target } from './target.ts';
import { Opcode, wsFrame } from './ws-frame.ts';

/** Strangers and people with accounts against a whole server, each from an address of their own. */

/** Codes of RFC 6455 §7.4.1 by which a WebSocket library ends what is no WebSocket. */
const LIBRARY_CODES = [1002, 1003, 1006, 1007, 1008, 1009];

const mallory = person('Mallory');
/** Who else was let in. */
const [members, sybils]: [string[], string[]] = [[], []];
let target: Target;
let dataDir: string;
before(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'p2p-chat-attack-'));
  target = await Target.start(dataDir);
  assert.equal((await register(target.url, mallory)).status, 201);
  await target.measure();
});
after(async () => {
  await target.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** Whatever is done to the server, an honest user notices nothing of it. */
function attack(name: string, run: () => Promise<void>): void {
  test(name, async () => {
    await run();
    await target.servesAnHonestUser();
    // Garbage goes after each attack: what the process grows by is then what attacks leave behind.
    await target.memory();
  });
}

describe('a request is refused that', () => {
  const post = (body: string | Buffer, headers = 'Content-Type: application/json\r\n'): Buffer =>
    Buffer.concat([
      Buffer.from(
        `POST ${DiscoveryPath.accounts} HTTP/1.1\r\nHost: peer\r\nConnection: close\r\n${headers}` +
          `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`,
      ),
      Buffer.from(body),
    ]);
  const get = (more: string, path: string = DiscoveryPath.health, method = 'GET'): string =>
    `${method} ${path} HTTP/1.1\r\nHost: peer\r\nConnection: close\r\n${more}\r\n`;
  const upgrade =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
    `Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: ${SESSION_PROTOCOL}\r\n`;
  const withUpgrade = (path: string, method = 'GET'): string =>
    `${method} ${path} HTTP/1.1\r\nHost: peer\r\n${upgrade}\r\n`;
  const poison = '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}';
  const requests: readonly [string, string | Buffer, number][] = [
    ['is the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['is no HTTP', Buffer.alloc(4_096, 7), 400],
    ['has a header of 100 kB', get(`X: ${'x'.repeat(100_000)}\r\n`), 431],
    ['has 10,000 headers', get('X: x\r\n'.repeat(10_000)), 431],
    ['has a path of 100 kB', get('', `/${'x'.repeat(100_000)}`), 431],
    ['has a header with a zero byte', get('X: a\0b\r\n'), 400],
    [
      'has two lengths',
      get('Content-Length: 1\r\nContent-Length: 2\r\n', DiscoveryPath.accounts, 'POST'),
      400,
    ],
    [
      'has a length and is in chunks',
      get('Content-Length: 1\r\nTransfer-Encoding: chunked\r\n', DiscoveryPath.accounts, 'POST'),
      400,
    ],
    [
      'comes in chunks that are too much',
      get(
        'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n',
        DiscoveryPath.accounts,
        'POST',
      ) +
        `1000\r\n${'x'.repeat(4_096)}\r\n`.repeat(10) +
        '0\r\n\r\n',
      413,
    ],
    ['has a body that is too large', post('x'.repeat(MAX_HTTP_BODY_BYTES + 1)), 413],
    ['has a body that is not UTF-8', post(Buffer.from([0x22, 0xff, 0x22])), 400],
    ['has a body that is nested deeply', post('['.repeat(4_000) + ']'.repeat(4_000)), 400],
    [
      'has a body that is compressed',
      post(gzipSync('{}'), 'Content-Type: application/json\r\nContent-Encoding: gzip\r\n'),
      415,
    ],
    [
      'has a body of another kind',
      post('name=Sam', 'Content-Type: application/x-www-form-urlencoded\r\n'),
      415,
    ],
    ['has keys that bend every object', post(`{${poison},"name":{${poison}}}`), 400],
    ['says to be for a page', get('Origin: https://evil.example\r\n'), 403],
    ['upgrades at another path', withUpgrade('/'), 404],
    ['upgrades at a path with dots', withUpgrade('/v1/../v1/session'), 404],
    ['upgrades where accounts are made', withUpgrade(DiscoveryPath.accounts), 404],
    ['upgrades with POST', withUpgrade(DiscoveryPath.session, 'POST'), 400],
    ['asks for a path that is not there', get('', '/../../etc/passwd'), 404],
    ['deletes', get('', DiscoveryPath.accounts, 'DELETE'), 405],
    ['traces', get('', '/', 'TRACE'), 404],
  ];
  for (const [what, bytes, status] of requests) {
    attack(what, async () => {
      const heard = await converse(await target.connect(), bytes);
      assert.match(heard, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.doesNotMatch(heard, /\n {4}at |node_modules|express|polluted/i);
      await target.bendsNothing();
    });
  }

  attack('is followed by noise', async () => {
    const heard = await converse(
      await target.connect(),
      `GET ${DiscoveryPath.health} HTTP/1.1\r\nHost: peer\r\n\r\nnoise\r\n\r\n`,
    );
    assert.match(heard, /HTTP\/1\.1 400 /);
  });

  attack('is plain HTTP where HTTPS is spoken', async () => {
    const { hostname, port } = new URL(target.url);
    const socket = connectTcp({ host: hostname, port: Number(port), ...target.newAddress() });
    assert.doesNotMatch(await converse(socket, get('')), /HTTP/);
  });

  attack('registers with an answer that was given before', async () => {
    const body = await registrationBody(target.url, mallory, target.newAddress());
    assert.equal((await postRegistration(target.url, body)).status, 200);
    const again = await postRegistration(target.url, body);
    assert.match(again.text, /stale-nonce/);
  });

  attack('registers a name that looks like another', async () => {
    for (const name of ['honest', 'HONEST', 'H0nest', 'hOne5t', 'Hon-est', 'H.o.n.e.s.t', '_Honest_']) {
      const { status, text } = await register(target.url, person(name), target.newAddress());
      assert.equal(status, 409, name);
      assert.match(text, /name-taken/);
    }
  });
});

describe('a session ends on', () => {
  const bytes: readonly [string, () => Buffer][] = [
    ['a frame that is not masked', () => wsFrame(Opcode.text, '{}', { masked: false })],
    ['a compressed frame that nobody agreed on', () => wsFrame(Opcode.text, '{}', { reserved: 4 })],
    ['an opcode that is not known', () => wsFrame(3, '{}')],
    ['a continuation of nothing', () => wsFrame(Opcode.continuation, '{}')],
    ['a ping of 126 bytes', () => wsFrame(Opcode.ping, 'x'.repeat(126))],
    ['a close with a code that is none', () => wsFrame(Opcode.close, Buffer.from([0, 1]))],
    ['a text that is not UTF-8', () => wsFrame(Opcode.text, Buffer.from([0x22, 0xff, 0x22]))],
    ['a frame of four exbibytes', () => wsFrame(Opcode.text, '{', { length: 2n ** 62n })],
    ['a frame of one byte too many', () => wsFrame(Opcode.text, 'x'.repeat(MAX_SESSION_FRAME_BYTES + 1))],
    [
      'a hundred thousand fragments without a byte',
      () =>
        Buffer.concat([
          wsFrame(Opcode.text, '', { fin: false }),
          ...Array.from({ length: 100_000 }, () => wsFrame(Opcode.continuation, '', { fin: false })),
        ]),
    ],
  ];
  for (const [what, make] of bytes) {
    attack(what, async () => {
      const { socket, ws } = await rawSession();
      const closed = once(ws, 'close');
      socket.write(make());
      const [code] = (await closed) as [number];
      assert.ok([SessionClose.badRequest, ...LIBRARY_CODES].includes(code), String(code));
    });
  }

  const frames: [string, string][] = [
    ['a type that is not known', '{"type":"shout","id":1}'],
    ['half a frame', '{"type":"look-up","id":1'],
    ['a frame that is nested deeply', `{"type":"resync","id":${'['.repeat(50_000)}${']'.repeat(50_000)}}`],
    [
      'keys in the place of a frame',
      '{"__proto__":{"type":"resync","id":1},"constructor":{"prototype":{"x":1}}}',
    ],
    ['an id that is no number', '{"type":"resync","id":1e400}'],
    [
      'more watches in a frame than there can be',
      JSON.stringify({ type: 'watch', id: 1, identities: Array.from({ length: MAX_WATCHES + 1 }, newHex) }),
    ],
    ['a page without end', '{"type":"directory","id":1,"after":null,"limit":1000000}'],
  ];
  for (const address of [
    '0.0.0.0',
    '::',
    '224.0.0.1',
    'ff02::1',
    '255.255.255.255',
    'router.local',
    '127.1',
  ]) {
    frames.push([`the endpoint ${address}`, announcement([{ address, port: 5_000 }])]);
  }
  frames.push(['an endpoint at a port of the system', announcement([{ address: '10.0.0.1', port: 22 }])]);
  frames.push([
    'nine endpoints',
    announcement(Array.from({ length: 9 }, (_, index) => ({ address: `10.0.0.${index}`, port: 5_000 }))),
  ]);
  for (const [what, text] of frames) {
    attack(what, async () => {
      const who = await newMember();
      const session = await TestSession.signedIn(target.url, who, [], target.newAddress());
      session.send(text);
      assert.equal((await session.closed).code, SessionClose.badRequest);
      await target.bendsNothing();
    });
  }

  attack('the answer to the challenge of another session', async () => {
    const [one, other] = [
      TestSession.connect(target.url, target.newAddress()),
      TestSession.connect(target.url, target.newAddress()),
    ];
    const { nonce, binding } = await one.challenge();
    await other.challenge();
    other.send(signInFrameOf(mallory, { nonce, binding }));
    assert.equal((await other.closed).code, SessionClose.badSignature);
    one.kill();
  });
});

describe('the server goes on serving', () => {
  attack('while strangers drip a byte at a time at every step', async () => {
    const { hostname, port } = new URL(target.url);
    const drips: { socket: Socket; bytes: Buffer; closed: Promise<unknown> }[] = [];
    const drip = (socket: Socket, text: string): void => {
      socket.on('error', () => undefined).resume();
      drips.push({ socket, bytes: Buffer.from(text, 'latin1'), closed: once(socket, 'close') });
    };
    for (let count = 0; count < 5; count += 1) {
      drip(
        connectTcp({ host: hostname, port: Number(port), ...target.newAddress() }),
        '\x16\x03\x01\x02\x00\x01\x00',
      );
      drip(
        await target.connect(),
        `GET ${DiscoveryPath.health} HTTP/1.1\r\nHost: peer\r\nX: ${'x'.repeat(500)}`,
      );
      const body = await target.connect();
      body.write(
        `POST ${DiscoveryPath.accounts} HTTP/1.1\r\nHost: peer\r\nContent-Type: application/json\r\n` +
          'Content-Length: 500\r\n\r\n',
      );
      drip(body, 'x'.repeat(400));
      drip((await rawSession()).socket, wsFrame(Opcode.text, ' '.repeat(400)).toString('latin1'));
    }
    let at = 0;
    const dripping = setInterval(() => {
      for (const { socket, bytes } of drips) {
        if (at < bytes.length && socket.writable) socket.write(bytes.subarray(at, at + 1));
      }
      at += 1;
    }, 100);
    await target.servesAnHonestUser();
    await Promise.all(drips.map(({ closed }) => closed));
    clearInterval(dripping);
  });

  attack('after 10,000 connections in a row', async () => {
    for (let thousand = 0; thousand < 10; thousand += 1) {
      await target.knock(1_000);
      await target.servesAnHonestUser();
    }
  });

  attack('while a thousand connections from one address stay open', () =>
    target.hold(1_000, () => target.servesAnHonestUser()),
  );

  attack('while somebody asks and asks', async () => {
    const who = await newMember();
    const session = await TestSession.signedIn(target.url, who, [], target.newAddress());
    for (let id = 0; id < 5_000; id += 1)
      session.send({ type: 'look-up', id: 10_000 + id, identity: newHex() });
    await target.servesAnHonestUser();
    assert.equal((await session.closed).code, SessionClose.tooMany);
  });

  attack(
    'while somebody fills all the pairs of the relay that they get, and strangers guess at tickets',
    async () => {
      const accomplice = person('Accomplice');
      members.push(accomplice.name);
      assert.equal((await register(target.url, accomplice)).status, 201);
      const [session, other] = [
        await TestSession.signedIn(target.url, mallory),
        await TestSession.signedIn(target.url, accomplice),
      ];
      const enter = (ticket: string): WebSocket => {
        const socket = new WebSocket(target.url + DiscoveryPath.relay, RELAY_PROTOCOL, {
          headers: { authorization: `Bearer ${ticket}` },
          rejectUnauthorized: false,
        });
        socket.on('error', () => undefined);
        return socket;
      };
      const ends: WebSocket[] = [];
      for (;;) {
        const answer = await session.ask({ type: 'relay', identity: accomplice.identity });
        if (answer.type === 'error') break;
        const [near, far] = [enter(answer.ticket ?? ''), enter((await other.next('relay')).ticket)];
        ends.push(near, far);
        await Promise.all([once(near, 'open'), once(far, 'open')]);
        far.pause();
        for (let sent = 0; sent < 64; sent += 1) near.send(Buffer.alloc(MAX_RELAY_FRAME_BYTES));
      }
      assert.ok(ends.length > 0 && ends.length <= 64);
      const guesses = Array.from({ length: 100 }, () => enter(randomBytes(32).toString('base64')));
      const codes = guesses.map((guess) => new Promise<number>((resolve) => guess.once('close', resolve)));
      assert.deepEqual(new Set(await Promise.all(codes)), new Set([1006]));
      await target.servesAnHonestUser();
      for (const end of ends) end.terminate();
      for (const each of [session, other]) each.kill();
    },
  );

  attack('after a flood of registrations, of which few become accounts', async () => {
    const from = target.newAddress();
    const statuses = new Map<number, number>();
    for (let count = 0; count < 130; count += 1) {
      const who = person(`Sybil${count}`);
      const { status } = await register(target.url, who, from);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status === 201) sybils.push(who.name);
    }
    assert.ok((statuses.get(429) ?? 0) > 0, JSON.stringify([...statuses]));
    assert.ok(sybils.length <= 100);
  });
});

describe('afterwards', () => {
  test('only whoever was let in has an account', () =>
    target.hasOnlyAccountsOf(['Mallory', ...members, ...sybils]));
  test('memory is what it was', () =>
    target.forgotTheAttack(async () => {
      await target.knock(2_000);
      await target.hold(1_000, () => Promise.resolve());
    }));
});

function announcement(endpoints: readonly { address: string; port: number }[]): string {
  return JSON.stringify({ type: 'announce', id: 1, endpoints });
}

function newHex(): string {
  return newDevice();
}

/** An account of its own, so that no limit by account counts twice. */
async function newMember(): Promise<ReturnType<typeof person>> {
  const who = person(`Member${members.length}`);
  members.push(who.name);
  const { status, text } = await register(target.url, who, target.newAddress());
  assert.equal(status, 201, text);
  return who;
}

/** A WebSocket before the sign-in, with the socket under it. */
async function rawSession(): Promise<{ socket: TLSSocket; ws: WebSocket }> {
  const socket = await target.connect();
  const ws = new WebSocket(`ws+unix:peer:${DiscoveryPath.session}`, SESSION_PROTOCOL, {
    createConnection: () => socket,
    perMessageDeflate: false,
  });
  ws.on('error', () => undefined);
  await once(ws, 'open');
  return { socket, ws };
}

/** Says `bytes`, and gives every byte that comes back until the other end closes. */
function converse(socket: Socket, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    let heard = '';
    socket.setEncoding('latin1');
    socket.on('data', (part: string) => (heard += part));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(heard));
    socket.write(bytes);
  });
}
