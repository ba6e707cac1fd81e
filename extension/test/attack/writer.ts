import { randomUUID } from 'node:crypto';
import type { Envelope } from '@p2p-chat/protocol/envelope';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { directConversation } from '@p2p-chat/protocol/identity';
import { LINK_WINDOW_BYTES } from '@p2p-chat/protocol/limits';
import { LinkClose } from '@p2p-chat/protocol/link';
import type { TestDevice } from '../support/devices.ts';
import { newMessageId } from '../support/envelopes.ts';
import { openLink } from './raw-link.ts';

/** A device that says on a link what it is told, and does by itself what the protocol asks of a writer. */
export class Writer {
  readonly epoch = randomUUID();
  readonly device: TestDevice;
  readonly #to: { readonly port: number; readonly identity: Fingerprint };
  #next = 1;

  constructor(device: TestDevice, to: { readonly port: number; readonly identity: Fingerprint }) {
    this.device = device;
    this.#to = to;
  }

  hello(change: object = {}): object {
    return {
      type: 'hello',
      bootId: randomUUID(),
      agent: 'attack/1',
      received: null,
      window: LINK_WINDOW_BYTES,
      ...change,
    };
  }

  begin(next = this.#next, epoch = this.epoch): object {
    return { type: 'begin', epoch, next };
  }

  envelope(text: string, seq = this.#next, change: object = {}): Envelope {
    const { identity, device } = this.device.credentials;
    return {
      id: newMessageId(),
      conversation: directConversation(identity, this.#to.identity),
      author: identity,
      device,
      epoch: this.epoch,
      seq,
      writtenAt: 0,
      kind: 'text',
      body: { text },
      ...change,
    };
  }

  messages(...envelopes: Envelope[]): object {
    return { type: 'messages', messages: envelopes.map((envelope) => ({ envelope, held: false })) };
  }

  /** Links, delivers one message, waits for its receipt and says goodbye. */
  async deliver(text: string): Promise<void> {
    const { ws, heard, closed } = await openLink(this.#to.port, this.device.credentials);
    for (const frame of [this.hello(), this.begin(), this.messages(this.envelope(text))]) {
      ws.send(JSON.stringify(frame));
    }
    const next = this.#next + 1;
    const outcome = await heard.first(
      (event) => event.kind === 'closed' || (event.frame.type === 'receipt' && event.frame.next >= next),
    );
    if (outcome.kind === 'closed') throw new Error(`the link was closed: ${outcome.code} ${outcome.reason}`);
    this.#next = next;
    ws.close(LinkClose.goingAway);
    await closed();
  }
}
