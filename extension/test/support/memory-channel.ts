import type { Endpoint } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { linkFrame, type LinkFrame } from '@p2p-chat/protocol/link';
import { validate } from '@p2p-chat/protocol/text';
import type { Channel, ChannelEvents } from '../../src/core/ports.ts';

/** One end of a channel as its twin in memory knows it. */
export interface MemoryEnd {
  readonly identity: Fingerprint;
  readonly device: Fingerprint;
}

/** A channel in memory; `cut` ends it for both sides as a lost connection does. */
export interface MemoryChannel extends Channel {
  cut(): void;
}

/** Two connected ends: the first belongs to `dialer` and leads to `listener`, the second the other way round. */
export function memoryChannelPair(
  dialer: MemoryEnd,
  listener: MemoryEnd,
  endpoint: Endpoint | null = null,
): [MemoryChannel, MemoryChannel] {
  const near = new End(listener, true, endpoint);
  const far = new End(dialer, false, null);
  near.join(far);
  far.join(near);
  return [near, far];
}

class End implements MemoryChannel {
  readonly identity: Fingerprint;
  readonly device: Fingerprint;
  readonly dialled: boolean;
  readonly endpoint: Endpoint | null;
  #events: ChannelEvents | null = null;
  #other: End | null = null;
  #isClosed = false;
  #early: (() => void)[] = [];

  constructor(other: MemoryEnd, dialled: boolean, endpoint: Endpoint | null) {
    this.identity = other.identity;
    this.device = other.device;
    this.dialled = dialled;
    this.endpoint = endpoint;
  }

  join(other: End): void {
    this.#other = other;
  }

  bind(events: ChannelEvents): void {
    this.#events = events;
    for (const deliver of this.#early) queueMicrotask(deliver);
    this.#early = [];
  }

  send(frame: LinkFrame): number {
    const text = JSON.stringify(frame);
    if (!this.#isClosed) this.#other?.receive(text);
    return Buffer.byteLength(text);
  }

  receive(text: string): void {
    this.#deliver(() => {
      if (!this.#isClosed)
        this.#events?.frame(validate(linkFrame, JSON.parse(text)), Buffer.byteLength(text));
    });
  }

  close(code: number, reason: string): void {
    this.#end(code, reason);
    this.#other?.closeLater(code, reason);
  }

  closeLater(code: number, reason: string): void {
    this.#deliver(() => this.#end(code, reason));
  }

  cut(): void {
    this.#end(1006, '');
    this.#other?.closeLater(1006, '');
  }

  #deliver(run: () => void): void {
    if (this.#events === null) this.#early.push(run);
    else queueMicrotask(run);
  }

  #end(code: number, reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    queueMicrotask(() => this.#events?.closed(code, reason));
  }
}
