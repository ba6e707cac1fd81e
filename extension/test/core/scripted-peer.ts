import { randomUUID } from 'node:crypto';
import type { Envelope } from '@p2p-chat/protocol/envelope';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { directConversation } from '@p2p-chat/protocol/identity';
import { LINK_WINDOW_BYTES } from '@p2p-chat/protocol/limits';
import type { HelloFrame, LinkFrame, ReceiptFrame } from '@p2p-chat/protocol/link';
import { newMessageId } from '../support/envelopes.ts';
import { type MemoryChannel, memoryChannelPair } from '../support/memory-channel.ts';
import type { Person, World } from './world.ts';

/** Somebody who dials a person and then says whatever a test wants, whether that is allowed or not. */
export class ScriptedPeer {
  readonly identity: Fingerprint;
  readonly device: Fingerprint;
  readonly frames: LinkFrame[] = [];
  readonly channel: MemoryChannel;
  /** With which code the link ended. */
  closed: number | null = null;
  readonly #to: Person;
  readonly #world: World;
  readonly #epoch: string;
  #next: number;

  /** @param from where an earlier peer of the same device stopped */
  constructor(
    world: World,
    to: Person,
    who: { identity: Fingerprint; device: Fingerprint },
    from: { epoch: string; next: number } = { epoch: randomUUID(), next: 1 },
  ) {
    this.#world = world;
    this.#to = to;
    this.identity = who.identity;
    this.device = who.device;
    this.#epoch = from.epoch;
    this.#next = from.next;
    const [near, far] = memoryChannelPair(who, to);
    this.channel = near;
    near.bind({
      frame: (frame) => this.frames.push(frame),
      closed: (code) => (this.closed = code),
    });
    void to.chat.accept(far);
  }

  get position(): { epoch: string; next: number } {
    return { epoch: this.#epoch, next: this.#next };
  }

  get receipts(): ReceiptFrame[] {
    return this.frames.filter((frame) => frame.type === 'receipt');
  }

  /** What was said to be refused, in all receipts. */
  get refused(): string[] {
    return this.receipts.flatMap(({ refused }) => refused.map(({ reason }) => reason));
  }

  /** Says hello and where its messages begin, and lets the other take it. */
  async greet(more: Partial<HelloFrame> = {}): Promise<this> {
    await this.#world.clock.settle();
    const hello = { bootId: randomUUID(), agent: 'test/1', received: null, window: LINK_WINDOW_BYTES };
    this.channel.send({ type: 'hello', ...hello, ...more });
    this.channel.send({ type: 'begin', epoch: this.#epoch, next: this.#next });
    await this.#world.clock.settle();
    return this;
  }

  /** Sends messages, each with what a test wants to be different. */
  async say(...changes: Partial<Envelope>[]): Promise<void> {
    const messages = changes.map((change) => ({
      envelope: {
        id: newMessageId(),
        conversation: directConversation(this.identity, this.#to.identity),
        author: this.identity,
        device: this.device,
        epoch: this.#epoch,
        seq: this.#next++,
        writtenAt: Date.UTC(2026, 0, 1),
        kind: 'text',
        body: { text: 'hello' },
        ...change,
      },
      held: false,
    }));
    this.channel.send({ type: 'messages', messages });
    await this.#world.clock.settle();
  }
}
