import { randomUUID } from 'node:crypto';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { envelope } from '@p2p-chat/protocol/envelope';
import { directConversation } from '@p2p-chat/protocol/identity';
import { LINK_WINDOW_BYTES, MAX_TEXT_BYTES } from '@p2p-chat/protocol/limits';
import { LinkClose, type LinkFrame } from '@p2p-chat/protocol/link';
import { openHistory } from '../../src/storage/history.ts';
import { newMessageId } from '../support/envelopes.ts';
import { memoryChannelPair, type MemoryChannel } from '../support/memory-channel.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { ScriptedPeer } from './scripted-peer.ts';
import { type Person, World } from './world.ts';

/** A hostile device that says any frames there are, in any order, over any number of links. */

const EPOCHS = [randomUUID(), randomUUID(), randomUUID()] as const;
const LAST = Number.MAX_SAFE_INTEGER;

/** The codes that docs/protocol.md gives to the ends of links; 1006 and 1000 are the other end's own. */
const DOCUMENTED: readonly number[] = [...Object.values(LinkClose), 1000, 1006];

const place = fc.record({
  epoch: fc.nat(EPOCHS.length - 1),
  next: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constantFrom(LAST, LAST - 1, LAST - 2)),
});
function rarely<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: 6, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
}

const step = fc.oneof(
  { weight: 1, arbitrary: fc.record({ do: fc.constant('link' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('greet' as const), at: rarely(place) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('hello' as const),
      received: rarely(place),
      window: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('begin' as const), at: place }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('messages' as const),
      /** From where the last frame stopped, or elsewhere. */
      from: rarely(place),
      bodies: fc.array(fc.constantFrom('text', 'text', 'too-large', 'malformed', 'unknown'), {
        minLength: 1,
        maxLength: 4,
      }),
      fault: rarely(fc.constantFrom('author', 'device', 'conversation', 'epoch', 'id')),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('receipt' as const),
      at: place,
      /** Of the victim's epoch, when it has one. */
      theirs: fc.boolean(),
      refused: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('settle' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 30_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cut' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('answer' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

/** Everything that the hostile device said and heard, and what must be true of it. */
class Hostile {
  readonly #world: World;
  readonly #victim: Person;
  readonly #self: Person;
  readonly #closes: number[] = [];
  #channel: MemoryChannel | null = null;
  #at: { epoch: string; next: number } = { epoch: EPOCHS[0], next: 1 };
  #lastId = newMessageId();
  #victimsEpoch: string = EPOCHS[0];
  /** Where messages of an epoch were said to begin: what lies before it is not held any longer. */
  readonly #gone = new Map<string, number>();
  /** Positions of messages that were said, by epoch. */
  readonly #said = new Map<string, Set<number>>();
  readonly #refused = new Set<string>();
  readonly #repeated = new Set<string>();
  readonly #receipts: { epoch: string; next: number }[] = [];

  constructor(world: World, self: Person, victim: Person) {
    this.#world = world;
    this.#self = self;
    this.#victim = victim;
  }

  async take(next: Step): Promise<void> {
    switch (next.do) {
      case 'link':
        return this.#link();
      case 'greet':
        await this.take({ do: 'link' });
        await this.take({ do: 'hello', received: null, window: false });
        if (next.at === null) return this.#begin(this.#at);
        return this.#begin(position(next.at));
      case 'hello':
        return this.#say({
          type: 'hello',
          bootId: randomUUID(),
          agent: 'hostile/1',
          received: next.received === null ? null : position(next.received),
          window: next.window ? 64 * LINK_WINDOW_BYTES : LINK_WINDOW_BYTES,
        });
      case 'begin':
        return this.#begin(position(next.at));
      case 'messages':
        return this.#messages(next);
      case 'receipt': {
        const at = position(next.at);
        return this.#say({
          type: 'receipt',
          epoch: next.theirs ? this.#victimsEpoch : at.epoch,
          next: at.next,
          refused: next.refused.map((seq) => ({ seq, reason: 'malformed' as const })),
        });
      }
      case 'settle':
        return this.#world.clock.settle();
      case 'wait':
        return this.#world.clock.advance(next.ms);
      case 'cut':
        this.#channel?.cut();
        return this.#world.clock.settle();
      case 'answer':
        await this.#victim.write(this.#self, 'an answer');
    }
  }

  /** Messages of the hostile device that are stored. */
  get stored(): number {
    const { messages } = this.#victim.disks.history.page(this.#self.identity, null, 10_000);
    return messages.filter(({ mine }) => !mine).length;
  }

  /** What holds at every moment, whatever was said. */
  check(): void {
    const { history } = this.#victim.disks;
    const { identity, device } = this.#self;
    const conversation = directConversation(identity, this.#victim.identity);
    for (const contact of history.contacts()) assert.equal(contact.identity, identity);
    const all = history.page(identity, null, 10_000).messages.filter(({ mine }) => !mine);
    for (const { envelope } of all) {
      assert.equal(envelope.author, identity);
      assert.equal(envelope.device, device);
      assert.equal(envelope.conversation, conversation);
      assert.ok(JSON.stringify(envelope.body).length < MAX_TEXT_BYTES + 100);
    }
    const ids = all.map(({ envelope }) => envelope.id);
    assert.equal(new Set(ids).size, ids.length, 'nothing is stored twice');
    const stored = new Set(all.map(({ envelope: { epoch, seq } }) => `${epoch} ${seq}`));
    for (const { epoch, next } of this.#receipts) {
      const covered = [...(this.#said.get(epoch) ?? [])].filter((seq) => seq < next);
      for (const seq of covered) {
        const isGone = seq < (this.#gone.get(epoch) ?? 1);
        const isKnown = [stored, this.#refused, this.#repeated].some((all) => all.has(`${epoch} ${seq}`));
        assert.ok(isGone || isKnown, `the receipt of ${epoch} ${next} covers ${seq}, which is not stored`);
      }
    }
    for (const code of this.#closes) assert.ok(DOCUMENTED.includes(code), `${code} is in no document`);
  }

  #link(): Promise<void> {
    const [near, far] = memoryChannelPair(this.#self, this.#victim);
    this.#channel = near;
    near.bind({
      frame: (frame) => this.#hear(frame),
      closed: (code) => this.#closes.push(code),
    });
    void this.#victim.chat.accept(far);
    return this.#world.clock.settle();
  }

  #hear(frame: LinkFrame): void {
    if (frame.type === 'begin') this.#victimsEpoch = frame.epoch;
    if (frame.type !== 'receipt') return;
    this.#receipts.push(frame);
    for (const { seq } of frame.refused) this.#refused.add(`${frame.epoch} ${seq}`);
  }

  #say(frame: LinkFrame): Promise<void> {
    this.#channel?.send(frame);
    return Promise.resolve();
  }

  #begin(at: { epoch: string; next: number }): Promise<void> {
    this.#at = at;
    this.#gone.set(at.epoch, Math.max(this.#gone.get(at.epoch) ?? 1, at.next));
    return this.#say({ type: 'begin', ...at });
  }

  #messages({ from, bodies, fault }: Extract<Step, { do: 'messages' }>): Promise<void> {
    if (from !== null) this.#at = position(from);
    const wrong = 'f'.repeat(64);
    const messages = bodies.flatMap((kind) => {
      const seq = this.#at.next;
      if (seq >= LAST) return [];
      this.#at = { ...this.#at, next: seq + 1 };
      if (fault === null) this.#remember(this.#at.epoch, seq);
      if (fault !== 'id') this.#lastId = newMessageId();
      // Under an id that was there before it is a repetition, and left alone.
      else this.#repeated.add(`${this.#at.epoch} ${seq}`);
      const text = kind === 'too-large' ? 'x'.repeat(MAX_TEXT_BYTES + 1) : 'hello';
      const envelope = {
        id: this.#lastId,
        conversation:
          fault === 'conversation' ? wrong : directConversation(this.#self.identity, this.#victim.identity),
        author: fault === 'author' ? wrong : this.#self.identity,
        device: fault === 'device' ? wrong : this.#self.device,
        epoch: fault === 'epoch' ? randomUUID() : this.#at.epoch,
        seq,
        writtenAt: 0,
        kind: kind === 'unknown' ? 'hologram' : 'text',
        body: kind === 'malformed' ? { words: 'hello' } : { text },
      };
      return [{ envelope, held: false }];
    });
    return messages.length === 0 ? Promise.resolve() : this.#say({ type: 'messages', messages });
  }

  #remember(epoch: string, seq: number): void {
    const said = this.#said.get(epoch) ?? new Set();
    this.#said.set(epoch, said.add(seq));
  }
}

function position({ epoch, next }: { epoch: number; next: number }): { epoch: string; next: number } {
  return { epoch: EPOCHS[epoch] ?? EPOCHS[0], next };
}

for (const [who, isContact] of [
  ['a contact', true],
  ['somebody new', false],
] as const) {
  test(`frames of ${who} in any order store nothing wrong, and no receipt covers what is not stored`, async () => {
    let stored = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const world = new World();
        const [victim, self] = [world.person('Victim'), world.person('Hostile')];
        await victim.goOnline();
        if (isContact) victim.open(self);
        const hostile = new Hostile(world, self, victim);
        await hostile.take({ do: 'greet', at: null });
        for (const next of steps) {
          await hostile.take(next);
          hostile.check();
        }
        await world.clock.advance(60_000);
        hostile.check();
        stored += hostile.stored;
        victim.chat.stop();
      }),
      { numRuns: 300 },
    );
    assert.ok(stored > 100, `only ${stored} messages were good enough to be stored`);
  });
}

test('frames in the order of the protocol are stored, whatever else was said on earlier links', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const world = new World();
      const [victim, self, honest] = ['Victim', 'Hostile', 'Honest'].map((name) => world.person(name));
      assert.ok(victim && self && honest);
      await victim.goOnline();
      victim.open(self);
      const hostile = new Hostile(world, self, victim);
      await hostile.take({ do: 'greet', at: null });
      for (const next of steps) await hostile.take(next);
      await honest.goOnline();
      await honest.write(victim, 'good morning');
      await world.clock.advance(2_000);
      assert.deepEqual(victim.conversation(honest), ['Honest: good morning']);
      victim.chat.stop();
      honest.chat.stop();
    }),
    { numRuns: 60 },
  );
});

test('a message at the last position there is can be stored, and its device still be read', async () => {
  const world = new World();
  const history = openHistory(temporaryFolder(), (file) => assert.fail(file));
  const [victim, self] = [world.person('Victim', { history, outboxes: new Map() }), world.person('Hostile')];
  await victim.goOnline();
  victim.open(self);
  for (const [from, stored] of [
    [LAST - 1, 1],
    [LAST, 1],
  ] as const) {
    const at = { epoch: randomUUID(), next: from };
    const peer = await new ScriptedPeer(world, victim, self, at).greet();
    if (from < LAST) await peer.say({});
    assert.deepEqual(
      peer.receipts.map(({ next }) => next),
      from < LAST ? [LAST] : [],
    );
    assert.equal(victim.conversation(self).length, stored);
    peer.channel.cut();
    await world.clock.settle();
  }
  assert.equal(envelope.shape.seq.safeParse(LAST).success, false, 'no message can have the one after it');
  victim.chat.stop();
  history.close();
});
