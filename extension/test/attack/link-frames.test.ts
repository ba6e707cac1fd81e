import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { MAX_LINK_FRAGMENTS, MAX_LINK_FRAME_BYTES } from '@p2p-chat/protocol/limits';
import { LinkClose } from '@p2p-chat/protocol/link';
import { Opcode, wsFrame } from '../../../discovery-server/test/attack/ws-frame.ts';
import { poisoned } from './poison.ts';
import { openLink, type RawLink } from './raw-link.ts';
import { Victim } from './victim.ts';
import { Writer } from './writer.ts';

/** Somebody with an account who says on a link what the protocol does not know. */

/** Codes of RFC 6455 §7.4.1 by which a WebSocket library ends what is no WebSocket. */
const LIBRARY_CODES = [1002, 1003, 1006, 1007, 1008, 1009];

/** What a WebSocket library says to more pieces than it takes. */
const POLICY_VIOLATION = 1008;

let victim: Victim;
before(async () => {
  victim = await Victim.start();
  await victim.measure();
});
// A filter may choose none of these tests.
after(() => (victim as Victim | undefined)?.stop());

/** Whatever is said to the victim, an honest user notices nothing of it. */
function attack(name: string, run: (mallory: Writer, link: RawLink) => Promise<void>): void {
  test(name, async () => {
    const link = await openLink(victim.port, victim.mallory.credentials);
    try {
      await run(new Writer(victim.mallory, victim), link);
    } finally {
      link.socket.destroy();
    }
    await victim.servesAnHonestUser();
    // Garbage goes after each attack: what the process grows by is then what attacks leave behind.
    await victim.memory();
  });
}

async function endsWith(link: RawLink, ...codes: readonly number[]): Promise<void> {
  const { code, reason } = await link.closed();
  assert.ok(codes.includes(code), `${code} ${reason}`);
}

describe('bytes that are no WebSocket end the link', () => {
  const broken: readonly [string, () => Buffer][] = [
    ['a frame that is not masked', () => wsFrame(Opcode.text, '{}', { masked: false })],
    ['a compressed frame that nobody agreed on', () => wsFrame(Opcode.text, '{}', { reserved: 4 })],
    ['another reserved bit', () => wsFrame(Opcode.text, '{}', { reserved: 1 })],
    ['an opcode that is not known', () => wsFrame(3, '{}')],
    ['a continuation of nothing', () => wsFrame(Opcode.continuation, '{}')],
    [
      'a second beginning',
      () => Buffer.concat([wsFrame(Opcode.text, '{', { fin: false }), wsFrame(Opcode.text, '}')]),
    ],
    ['a ping in fragments', () => wsFrame(Opcode.ping, 'x', { fin: false })],
    ['a ping of 126 bytes', () => wsFrame(Opcode.ping, 'x'.repeat(126))],
    ['a close without half of its code', () => wsFrame(Opcode.close, 'x')],
    ['a close with a code that is none', () => wsFrame(Opcode.close, Buffer.from([0, 1]))],
    ['a close whose reason is not UTF-8', () => wsFrame(Opcode.close, Buffer.from([0x0f, 0xa0, 0xff]))],
    ['a text that is not UTF-8', () => wsFrame(Opcode.text, Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]))],
    ['a frame of four exbibytes', () => wsFrame(Opcode.text, '{', { length: 2n ** 62n })],
    ['a frame of one byte too many', () => wsFrame(Opcode.text, 'x'.repeat(MAX_LINK_FRAME_BYTES + 1))],
    [
      'fragments of one byte too many',
      () =>
        Buffer.concat([
          wsFrame(Opcode.text, 'x'.repeat(MAX_LINK_FRAME_BYTES), { fin: false }),
          wsFrame(Opcode.continuation, 'x'),
        ]),
    ],
    [
      'a hundred thousand fragments without a byte',
      () =>
        Buffer.concat([
          wsFrame(Opcode.text, '', { fin: false }),
          ...Array.from({ length: 100_000 }, () => wsFrame(Opcode.continuation, '', { fin: false })),
        ]),
    ],
    [
      'a hundred thousand fragments of one byte',
      () =>
        Buffer.concat([
          wsFrame(Opcode.text, '"', { fin: false }),
          ...Array.from({ length: 100_000 }, () => wsFrame(Opcode.continuation, 'x', { fin: false })),
        ]),
    ],
    ['noise', () => Buffer.from(Array.from({ length: 4_096 }, (_, index) => (index * 167 + 89) % 256))],
  ];
  for (const [what, bytes] of broken) {
    attack(what, async (_mallory, link) => {
      link.socket.write(bytes());
      await endsWith(link, LinkClose.protocolError, ...LIBRARY_CODES);
    });
  }

  attack('a frame that never ends, but no earlier than it grows too large', async (mallory, link) => {
    link.socket.write(wsFrame(Opcode.text, JSON.stringify(mallory.hello()).slice(0, -1), { fin: false }));
    await victim.servesAnHonestUser();
    link.socket.write(wsFrame(Opcode.continuation, ' '.repeat(MAX_LINK_FRAME_BYTES), { fin: false }));
    await endsWith(link, LinkClose.protocolError, ...LIBRARY_CODES);
  });

  attack('a frame of one fragment too many', async (_, link) => {
    const fragments = Array.from({ length: MAX_LINK_FRAGMENTS }, (__, index) =>
      wsFrame(Opcode.continuation, 'x', { fin: index === MAX_LINK_FRAGMENTS - 1 }),
    );
    link.socket.write(Buffer.concat([wsFrame(Opcode.text, 'x', { fin: false }), ...fragments]));
    await endsWith(link, POLICY_VIOLATION);
  });

  attack(
    'a frame in more pieces than it may keep waiting, each in a TLS record of its own',
    async (_, link) => {
      const bytes = wsFrame(Opcode.text, `"${'x'.repeat(3_000)}"`);
      const closed = link.closed();
      for (const byte of bytes) {
        if (!link.socket.writable) break;
        await Promise.race([new Promise((sent) => link.socket.write(Buffer.of(byte), sent)), closed]);
      }
      await endsWith(link, POLICY_VIOLATION);
    },
  );

  attack('pings without end whose answers nobody reads', async (_mallory, link) => {
    const flood = Buffer.concat(Array.from({ length: 10_000 }, () => wsFrame(Opcode.ping, 'x'.repeat(125))));
    const closed = new Promise((resolve) => link.socket.once('close', resolve));
    link.socket.pause();
    link.socket.write(flood);
    link.socket.resume();
    await closed;
  });
});

describe('what a WebSocket allows is no fault', () => {
  attack('a hello in fragments with pings between them', async (mallory, link) => {
    const parts = JSON.stringify(mallory.hello()).match(/.{1,20}/g) ?? [];
    for (const [index, part] of parts.entries()) {
      const fin = index === parts.length - 1;
      link.socket.write(wsFrame(index === 0 ? Opcode.text : Opcode.continuation, part, { fin }));
      link.ws.ping();
      await once(link.ws, 'pong');
    }
    link.say(
      { type: 'begin', epoch: mallory.epoch, next: 1 },
      { type: 'begin', epoch: mallory.epoch, next: 1 },
    );
    const { code, reason } = await link.closed();
    assert.deepEqual([code, reason], [LinkClose.protocolError, 'a second begin']);
  });

  test('compression is offered in vain', async () => {
    const link = await openLink(victim.port, victim.mallory.credentials, { perMessageDeflate: true });
    assert.equal(link.ws.extensions, '');
    link.socket.destroy();
    await victim.servesAnHonestUser();
  });
});

describe('frames that the protocol does not have end the link with 4002', () => {
  const envelope = (mallory: Writer, change: object): object[] => [
    mallory.hello(),
    mallory.begin(),
    mallory.messages(mallory.envelope('hostile', 1, change)),
  ];
  const deep = (levels: number): unknown => JSON.parse(`{"text":${'['.repeat(levels)}${']'.repeat(levels)}}`);
  const hostile: readonly [string, (mallory: Writer) => readonly (object | string)[]][] = [
    ['messages before hello', (mallory) => [mallory.begin(), mallory.messages(mallory.envelope('hostile'))]],
    ['messages before begin', (mallory) => [mallory.hello(), mallory.messages(mallory.envelope('hostile'))]],
    ['a receipt before hello', ({ epoch }) => [{ type: 'receipt', epoch, next: 1, refused: [] }]],
    ['a second hello', (mallory) => [mallory.hello(), mallory.hello()]],
    ['a second begin', (mallory) => [mallory.hello(), mallory.begin(), mallory.begin(1, randomUUID())]],
    ['a type that is not known', () => [{ type: 'shout' }]],
    ['no type', () => [{}]],
    ['half a frame', (mallory) => [JSON.stringify(mallory.hello()).slice(0, -20)]],
    ['two frames in one', (mallory) => [JSON.stringify(mallory.hello()).repeat(2)]],
    ['a list of frames', (mallory) => [[mallory.hello()]]],
    ['nothing', () => ['']],
    ['a hello with a window of nothing', (mallory) => [mallory.hello({ window: 0 })]],
    ['a hello with a window without end', (mallory) => [mallory.hello({ window: 2 ** 53 })]],
    ['a hello with 2,000 refusals', (mallory) => [mallory.hello({ refused: refusals(2_000) })]],
    ['a hello with a chain of 100 successions', (mallory) => [mallory.hello({ successions: chain(100) })]],
    ['a begin at 2^53', (mallory) => [mallory.hello(), mallory.begin(2 ** 53)]],
    [
      'a receipt for what was never sent',
      (mallory) => [mallory.hello(), { type: 'receipt', epoch: mallory.epoch, next: 2 ** 53, refused: [] }],
    ],
    ['a begin at -1', (mallory) => [mallory.hello(), mallory.begin(-1)]],
    [
      'a begin at 1e400',
      (mallory) => [mallory.hello(), `{"type":"begin","epoch":"${mallory.epoch}","next":1e400}`],
    ],
    [
      'a gap in the sequence',
      (mallory) => [mallory.hello(), mallory.begin(5), mallory.messages(mallory.envelope('hostile', 6))],
    ],
    ['a message in another name', (mallory) => envelope(mallory, { author: victim.identity })],
    ['a message of another device', (mallory) => envelope(mallory, { device: 'a'.repeat(64) })],
    ['a message into another conversation', (mallory) => envelope(mallory, { conversation: 'a'.repeat(64) })],
    ['a message of another epoch', (mallory) => envelope(mallory, { epoch: randomUUID() })],
    ['a message with an id that is none', (mallory) => envelope(mallory, { id: '1' })],
    ['a body that is nested 40 deep', (mallory) => envelope(mallory, { body: deep(40) })],
    [
      'a body that is nested 100,000 deep',
      (mallory) => {
        const frames = envelope(mallory, {}).map((frame) => JSON.stringify(frame));
        return frames.map((text) => text.replace('"hostile"', '['.repeat(100_000) + ']'.repeat(100_000)));
      },
    ],
  ];
  for (const [what, frames] of hostile) {
    attack(what, async (mallory, link) => {
      link.say(...frames(mallory));
      await endsWith(link, LinkClose.protocolError);
    });
  }
});

describe('keys that would bend every object do nothing', () => {
  // For messages that are taken see `contact.test.ts`.
  for (const frame of ['hello', 'begin', 'receipt']) {
    attack(`at every level of a ${frame}`, async (mallory, link) => {
      link.say(poisoned(mallory.hello()));
      if (frame === 'begin') link.say(poisoned(mallory.begin()));
      if (frame === 'receipt') {
        link.say(poisoned({ type: 'receipt', epoch: mallory.epoch, next: 9, refused: refusals(2) }));
      }
      link.say(mallory.hello());
      await endsWith(link, LinkClose.protocolError);
      await victim.bendsNothing();
    });
  }
});

describe('afterwards', () => {
  test('nothing of anybody else is stored', () => victim.keptNothingOfAnybodyElse());
  test('memory is what it was', () =>
    victim.forgotTheAttack(async () => {
      for (let count = 0; count < 50; count += 1) {
        const link = await openLink(victim.port, victim.mallory.credentials);
        link.socket.write(wsFrame(Opcode.text, 'x'.repeat(MAX_LINK_FRAME_BYTES + 1)));
        await link.closed();
      }
    }));
});

function refusals(count: number): object[] {
  return Array.from({ length: count }, (_, index) => ({ seq: index + 1, reason: 'malformed' }));
}

function chain(count: number): object[] {
  const [key, signature] = ['A'.repeat(124), 'AAAA'];
  return Array.from({ length: count }, () => ({ from: key, to: key, signature, acceptance: signature }));
}
