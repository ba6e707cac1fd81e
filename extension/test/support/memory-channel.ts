import type { Endpoint } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { linkFrame, type LinkFrame } from '@p2p-chat/protocol/link';
import { validate } from '@p2p-chat/protocol/text';
import type { Channel, ChannelEvents, LinkPath } from '../../src/core/net-ports.ts';

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
  path: LinkPath = 'direct',
): [MemoryChannel, MemoryChannel] {
  const near = new End(listener, true, endpoint, path);
  const far = new End(dialer, false, null, path);
  near.join(far);
  far.join(near);
  return [near, far];
}

class End implements MemoryChannel {
  readonly identity: Fingerprint;
  readonly device: Fingerprint;
  readonly dialled: boolean;
  readonly endpoint: Endpoint | null;
  readonly path: LinkPath;
  #events: ChannelEvents | null = null;
  #other: End | null = null;
  #closed: { code: number; reason: string } | null = null;
  /** What came before the bind. */
  #early: string[] = [];

  constructor(other: MemoryEnd, dialled: boolean, endpoint: Endpoint | null, path: LinkPath) {
    this.identity = other.identity;
    this.device = other.device;
    this.dialled = dialled;
    this.endpoint = endpoint;
    this.path = path;
  }

  join(other: End): void {
    this.#other = other;
  }

  bind(events: ChannelEvents): void {
    this.#events = events;
    for (const text of this.#early) queueMicrotask(() => this.#frame(text));
    this.#early = [];
    const closed = this.#closed;
    if (closed !== null) queueMicrotask(() => events.closed(closed.code, closed.reason));
  }

  send(frame: LinkFrame): number {
    const text = JSON.stringify(frame);
    if (this.#closed === null) this.#other?.receive(text);
    return Buffer.byteLength(text);
  }

  receive(text: string): void {
    if (this.#events === null) {
      this.#early.push(text);
      return;
    }
    queueMicrotask(() => {
      if (this.#closed === null) this.#frame(text);
    });
  }

  close(code: number, reason: string): void {
    this.#end(code, reason);
    this.#other?.closeLater(code);
  }

  /** The other end closed: this one learns of it when it has read what came before, or at once while unbound. */
  closeLater(code: number): void {
    if (this.#events === null) this.#end(code, '');
    else queueMicrotask(() => this.#end(code, ''));
  }

  cut(): void {
    this.#end(1006, '');
    this.#other?.closeLater(1006);
  }

  #frame(text: string): void {
    this.#events?.frame(validate(linkFrame, JSON.parse(text)), Buffer.byteLength(text));
  }

  #end(code: number, reason: string): void {
    if (this.#closed !== null) return;
    this.#closed = { code, reason };
    const events = this.#events;
    queueMicrotask(() => events?.closed(code, reason));
  }
}
