import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DiscoveryPath, SESSION_PROTOCOL, SessionClose } from '@p2p-chat/protocol/discovery';
import { MAX_HTTP_BODY_BYTES, MAX_SESSION_FRAME_BYTES, MAX_WATCHES } from '@p2p-chat/protocol/limits';
import {
  newDevice,
  person,
  postRegistration,
  register,
  registrationBody,
  signInFrameOf,
  TestSession,
} from '../test-client.ts';
import { Stage } from './stage.ts';
import { Opcode, wsFrame } from './ws-frame.ts';

/** What strangers and people with accounts say that no client of ours does, one thing at a time, to a whole server. */

/** Codes of RFC 6455 §7.4.1 by which a WebSocket library ends what is no WebSocket. */
const LIBRARY_CODES = [1002, 1003, 1006, 1007, 1008, 1009];

const stage = Stage.set((target) => target.measureHeap());

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
    stage.attack(what, async () => {
      const heard = await converse(await stage.target.connect(), bytes);
      assert.match(heard, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.doesNotMatch(heard, /\n {4}at |node_modules|express|polluted/i);
      await stage.target.bendsNothing();
    });
  }

  stage.attack('is followed by noise', async () => {
    const heard = await converse(
      await stage.target.connect(),
      `GET ${DiscoveryPath.health} HTTP/1.1\r\nHost: peer\r\n\r\nnoise\r\n\r\n`,
    );
    assert.match(heard, /HTTP\/1\.1 400 /);
  });

  stage.attack('is plain HTTP where HTTPS is spoken', async () => {
    const { hostname, port } = new URL(stage.target.url);
    const socket = connectTcp({ host: hostname, port: Number(port), ...stage.target.newAddress() });
    assert.doesNotMatch(await converse(socket, get('')), /HTTP/);
  });

  stage.attack('registers with an answer that was given before', async () => {
    const body = await registrationBody(stage.target.url, stage.mallory, stage.target.newAddress());
    assert.equal((await postRegistration(stage.target.url, body)).status, 200);
    const again = await postRegistration(stage.target.url, body);
    assert.match(again.text, /stale-nonce/);
  });

  stage.attack('registers a name that looks like another', async () => {
    for (const name of ['honest', 'HONEST', 'H0nest', 'hOne5t', 'Hon-est', 'H.o.n.e.s.t', '_Honest_']) {
      const { status, text } = await register(stage.target.url, person(name), stage.target.newAddress());
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
    stage.attack(what, async () => {
      const { socket, ws } = await stage.rawSession();
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
      JSON.stringify({
        type: 'watch',
        id: 1,
        identities: Array.from({ length: MAX_WATCHES + 1 }, newDevice),
      }),
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
    stage.attack(what, async () => {
      const who = await stage.newMember();
      const session = await TestSession.signedIn(stage.target.url, who, [], stage.target.newAddress());
      session.send(text);
      assert.equal((await session.closed).code, SessionClose.badRequest);
      await stage.target.bendsNothing();
    });
  }

  stage.attack('the answer to the challenge of another session', async () => {
    const [one, other] = [
      TestSession.connect(stage.target.url, stage.target.newAddress()),
      TestSession.connect(stage.target.url, stage.target.newAddress()),
    ];
    const { nonce, binding } = await one.challenge();
    await other.challenge();
    other.send(signInFrameOf(stage.mallory, { nonce, binding }));
    assert.equal((await other.closed).code, SessionClose.badSignature);
    one.kill();
  });
});

describe('afterwards', () => {
  test('only whoever was let in has an account', () => stage.target.hasOnlyAccountsOf(stage.names));
  test('nothing of what was refused is kept', () => stage.target.forgotWhatItRefused());
});

function announcement(endpoints: readonly { address: string; port: number }[]): string {
  return JSON.stringify({ type: 'announce', id: 1, endpoints });
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
