import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { directConversation } from '@p2p-chat/protocol/identity';
import { HANDSHAKE_TIMEOUT_MS, LINK_WINDOW_BYTES } from '@p2p-chat/protocol/limits';
import { LinkClose } from '@p2p-chat/protocol/link';
import { LinkSeat, type SeatEvents } from '../../src/core/link-seat.ts';
import type { Channel } from '../../src/core/net-ports.ts';
import { fingerprintNamed } from '../support/envelopes.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { type MemoryChannel, memoryChannelPair } from '../support/memory-channel.ts';

const ignore = (): void => undefined;

/** Sam's seat for links with Carol, of whose devices his has the lower fingerprint or the higher. */
class Scene {
  readonly clock = new FakeClock();
  readonly seat: LinkSeat;
  /** With which code each link ended, in the order in which they were made. */
  readonly ended: (number | null)[] = [];
  readonly #sam: { readonly identity: string; readonly device: string };
  readonly #carol: { readonly identity: string; readonly device: string };

  constructor(samIsLower: boolean) {
    const [low, high] = ['a', 'b'].map((digit) => digit.repeat(64)) as [string, string];
    this.#sam = { identity: fingerprintNamed('Sam'), device: samIsLower ? low : high };
    this.#carol = { identity: fingerprintNamed('Carol'), device: samIsLower ? high : low };
    const events: SeatEvents = {
      greeted: () => true,
      linked: ignore,
      begun: ignore,
      messages: ignore,
      receipt: ignore,
      read: ignore,
      typing: ignore,
      status: ignore,
      nearby: ignore,
      released: ignore,
      unanswered: ignore,
      lost: ignore,
      ended: ignore,
    };
    this.seat = new LinkSeat({ device: this.#sam.device, clock: this.clock, log: ignore }, events);
  }

  /** A link that one of the two dials, in which Carol says which run of hers this is. Returns Sam's end. */
  async link(dialler: 'Sam' | 'Carol', bootId: string): Promise<Channel> {
    const [near, far] =
      dialler === 'Sam'
        ? memoryChannelPair(this.#sam, this.#carol)
        : memoryChannelPair(this.#carol, this.#sam);
    const [sams, carols]: readonly MemoryChannel[] = dialler === 'Sam' ? [near, far] : [far, near];
    assert.ok(sams !== undefined && carols !== undefined);
    const place = this.ended.push(null) - 1;
    carols.bind({ frame: ignore, closed: (code) => (this.ended[place] = code) });
    const conversation = directConversation(this.#sam.identity, this.#carol.identity);
    this.seat.take(sams, conversation, { bootId: randomUUID(), agent: 'test/1', received: null, takes: [] });
    carols.send({ type: 'hello', bootId, agent: 'test/1', received: null, window: LINK_WINDOW_BYTES });
    await this.clock.settle();
    return sams;
  }
}

for (const samIsLower of [true, false]) {
  describe(`the one link of two devices, seen by the ${samIsLower ? 'lower' : 'higher'}`, () => {
    for (const first of ['Sam', 'Carol'] as const) {
      const second = first === 'Sam' ? 'Carol' : 'Sam';

      it(`is that of the contact’s newest run, at once, when ${first} dialled the run before`, async () => {
        const scene = new Scene(samIsLower);
        await scene.link(first, randomUUID());
        const newer = await scene.link(second, randomUUID());
        assert.equal(scene.seat.link?.channel, newer);
        assert.deepEqual(scene.ended, [LinkClose.replaced, null]);
      });

      it(`is of two that cross, ${first}’s first, the one that the lower dialled`, async () => {
        const scene = new Scene(samIsLower);
        const run = randomUUID();
        const links = { [first]: await scene.link(first, run), [second]: await scene.link(second, run) };
        const lower = samIsLower ? 'Sam' : 'Carol';
        assert.equal(scene.seat.link?.channel, links[lower]);
        assert.equal(scene.ended[lower === first ? 1 : 0], LinkClose.replaced);
      });

      it(`is the newer of two that ${first} dialled: what is dialled again is needed`, async () => {
        const scene = new Scene(samIsLower);
        const run = randomUUID();
        await scene.link(first, run);
        const newer = await scene.link(first, run);
        assert.equal(scene.seat.link?.channel, newer);
      });

      it(`is the newer of two that cannot have crossed, ${first}’s first: the older may be half-open`, async () => {
        const scene = new Scene(samIsLower);
        const run = randomUUID();
        await scene.link(first, run);
        await scene.clock.advance(HANDSHAKE_TIMEOUT_MS + 1);
        const newer = await scene.link(second, run);
        assert.equal(scene.seat.link?.channel, newer);
      });
    }
  });
}
