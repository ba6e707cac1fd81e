import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import { exportPrivateKey, generateKeyPair } from '@p2p-chat/protocol/identity';
import { startDiscoveryServer } from '../../../discovery-server/src/server.ts';
import { memoryStore } from '../../../discovery-server/src/store/memory.ts';
import { createPeerService } from '../../src/peer/service.ts';
import type { PeerService } from '../../src/peer/service-types.ts';
import { newMessageId } from '../support/envelopes.ts';
import { type Meddling, type Side, startTcpProxy } from '../support/tcp-proxy.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { TestWindow } from '../support/window.ts';

/**
 * Somebody stands in the middle of every link of two peers and changes what passes: the link ends, and on a later one
 * everything is delivered, once and in order.
 */

const MESSAGES = 12;

/** Shown when a case fails, and given back by `MIDDLE_SEED` to see the same again. */
const seed = Number(process.env['MIDDLE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** A meddler does its deed once, at some chunk that has at least two bytes, and is content. */
type Deed = (chunk: Buffer, random: () => number) => Meddling;

const deeds: readonly [string, Deed][] = [
  [
    'flips a bit',
    (chunk, random) => {
      const changed = Buffer.from(chunk);
      const at = Math.floor(random() * chunk.length);
      changed[at] = (changed[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      return (next) => (next === chunk ? [changed] : [next]);
    },
  ],
  ['drops a chunk', (chunk) => (next) => (next === chunk ? [] : [next])],
  [
    'drops the end of a chunk',
    (chunk, random) => (next) =>
      next === chunk ? [chunk.subarray(0, Math.floor(random() * (chunk.length - 1)))] : [next],
  ],
  ['repeats a chunk', (chunk) => (next) => (next === chunk ? [next, next] : [next])],
];

describe(`whoever stands in the middle (seed ${seed})`, { concurrency: true }, () => {
  let number = 0;
  for (const from of ['near', 'far'] as const) {
    for (const [what, deed] of deeds) {
      for (let time = 1; time <= 2; time += 1) {
        const random = generator(seed + (number += 1));
        test(`and ${what} from the ${from} end cannot forge, lose, repeat or reorder anything, ${time}`, () =>
          meddle(from, (chunk) => deed(chunk, random), random));
      }
    }
    for (let time = 1; time <= 2; time += 1) {
      const random = generator(seed + (number += 1));
      test(`and swaps two chunks from the ${from} end cannot either, ${time}`, () => {
        let kept: Buffer | undefined;
        return meddle(
          from,
          (chunk) => (next) => {
            if (next === chunk) {
              kept = next;
              return [];
            }
            const swapped = kept === undefined ? [next] : [next, kept];
            kept = undefined;
            return swapped;
          },
          random,
        );
      });
    }
  }
});

/** Sam and Carol write to each other; somewhere on the way the deed is done to a chunk that comes from this side. */
async function meddle(from: Side, deed: (chunk: Buffer) => Meddling, random: () => number): Promise<void> {
  const stops: (() => Promise<unknown>)[] = [];
  const started = <T extends { stop(): Promise<unknown> }>(part: T): T => {
    stops.unshift(() => part.stop());
    return part;
  };
  try {
    let port = 0;
    const samsServer = await startTcpProxy(() => port);
    const carolsServer = await startTcpProxy(() => port);
    const server = started(
      await startDiscoveryServer({
        host: '127.0.0.1',
        port,
        alsoPorts: [samsServer.port, carolsServer.port],
        store: memoryStore(),
        logger: pino({ level: 'silent' }),
      }),
    );
    const toSam = started(await startTcpProxy(() => sam.port));
    const toCarol = started(await startTcpProxy(() => carol.port));
    ({ port } = server.address);
    started(samsServer);
    started(carolsServer);
    samsServer.meddle(withPort(toCarol.port));
    carolsServer.meddle(withPort(toSam.port));
    const sam = started(await Friend.start('Sam', samsServer.port));
    const carol = started(await Friend.start('Carol', carolsServer.port));

    await sam.open('Carol');
    await sam.write('Carol', 'first');
    await carol.until('the first message', () => carol.texts().includes('first'));
    await carol.open('Sam');
    assert.equal(toCarol.connections, 1, 'the link goes through the middle');

    const act = once(from, deed, Math.floor(random() * 5));
    toCarol.meddle(act.meddling);
    const texts = Array.from({ length: MESSAGES }, (_, index) => String(index));
    for (const text of texts) {
      await Promise.all([sam.write('Carol', `Sam ${text}`), carol.write('Sam', `Carol ${text}`)]);
    }
    for (const one of [sam, carol]) await one.until('all is delivered', () => one.allDelivered());

    assert.ok(act.done(), 'it was done');
    assert.ok(toSam.connections + toCarol.connections > 1, 'the link ended and another one came');
    assert.deepEqual(await carol.received('Sam'), ['first', ...texts.map((text) => `Sam ${text}`)]);
    assert.deepEqual(
      await sam.received('Carol'),
      texts.map((text) => `Carol ${text}`),
    );
  } finally {
    for (const stop of stops) await stop();
  }
}

/** Leaves so many chunks from this side alone, and then does the deed to the next. */
function once(
  from: Side,
  deed: (chunk: Buffer) => Meddling,
  after: number,
): { meddling: Meddling; done: () => boolean } {
  let left = after;
  let act: Meddling | null = null;
  return {
    meddling: (chunk, side) => {
      if (side !== from) return [chunk];
      left -= 1;
      if (left < 0) act ??= deed(chunk);
      return act === null ? [chunk] : act(chunk, side);
    },
    done: () => act !== null,
  };
}

/** What the server says of where somebody listens leads to the one in the middle. */
function withPort(port: number): Meddling {
  return (chunk, from) => {
    if (from === 'near') return [chunk];
    // The length of a frame stays: ports that a system gives out have five digits.
    assert.ok(port > 9_999);
    return [Buffer.from(chunk.toString('latin1').replace(/"port":\d{5}/g, `"port":${port}`), 'latin1')];
  };
}

/** Somebody with a whole peer. */
class Friend extends TestWindow {
  readonly #service: PeerService;
  readonly #ids = new Map<string, string>();

  private constructor(service: PeerService) {
    super(service);
    this.#service = service;
  }

  static async start(name: string, server: number): Promise<Friend> {
    const service = await createPeerService({
      globalStorage: temporaryFolder(),
      identityKey: exportPrivateKey(generateKeyPair()),
      deviceKey: exportPrivateKey(generateKeyPair()),
      successions: [],
      version: '0.0.0',
      proxy: { noProxy: [] },
    });
    const friend = new Friend(service);
    await friend.request('goOnline', {
      server: `http://127.0.0.1:${server}`,
      name,
      listenHost: '127.0.0.1',
      listenPort: 0,
      joinCode: null,
      byPerson: true,
      serverKey: null,
    });
    return friend;
  }

  get port(): number {
    return this.status.kind === 'online' ? (this.status.endpoints[0]?.port ?? 0) : 0;
  }

  async open(name: string): Promise<void> {
    await this.until(`${name} is there`, () => this.knows(name));
    this.#ids.set(name, this.idOf(name));
    await this.request('openConversation', { contact: this.idOf(name), limit: 1, byPerson: true });
  }

  async write(name: string, text: string): Promise<void> {
    await this.request('send', { id: newMessageId(), contact: this.#id(name), text, workspace: null });
  }

  allDelivered(): boolean {
    return this.states().every((state) => state === 'delivered');
  }

  /** What the history has of somebody, in order. */
  async received(name: string): Promise<(string | null)[]> {
    const page = { contact: this.#id(name), before: Number.MAX_SAFE_INTEGER, limit: 500 };
    const { messages } = await this.request('loadOlder', page);
    return messages.filter(({ mine }) => !mine).map(({ text }) => text);
  }

  stop(): Promise<void> {
    return this.#service.stop();
  }

  #id(name: string): string {
    return this.#ids.get(name) ?? this.idOf(name);
  }
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function generator(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
