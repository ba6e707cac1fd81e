import type { Socket } from 'node:net';
import type { Cancel, Clock } from '../core/ports.ts';

/** What a stranger may hold of a listener. */
export interface ListenerLimits {
  /** From accepting a connection to its open WebSocket, milliseconds. */
  readonly handshakeTimeoutMs: number;
  /** Handshakes in flight. Each costs about 50 KiB and, at its end, a millisecond of signing. */
  readonly handshakes: number;
  /** Handshakes in flight from one address: a team behind one NAT gateway does not start more at once. */
  readonly handshakesPerAddress: number;
  /** Open channels: far more than a person has contacts; beyond it newcomers are turned away. */
  readonly channels: number;
  /** Open channels of one identity: its devices, and lost links that nobody has noticed yet. The oldest goes. */
  readonly channelsPerIdentity: number;
}

interface Handshake {
  readonly socket: Socket;
  readonly address: string;
  readonly cancel: Cancel;
}

/**
 * Connections that are not yet an open channel. When there are too many, the oldest goes: an honest handshake is
 * done in well under a second, so whoever holds one longest is the one who stalls.
 */
export class Handshakes {
  readonly #clock: Clock;
  readonly #limits: ListenerLimits;
  readonly #running = new Map<string, Handshake>();

  constructor(clock: Clock, limits: ListenerLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get size(): number {
    return this.#running.size;
  }

  /** Starts the time of an accepted connection. */
  begin(socket: Socket): void {
    const key = keyOf(socket);
    const address = socket.remoteAddress;
    if (key === undefined || address === undefined) {
      socket.destroy();
      return;
    }
    this.#makeRoom(address);
    const cancel = this.#clock.after(this.#limits.handshakeTimeoutMs, () => socket.destroy());
    const handshake: Handshake = { socket, address, cancel };
    this.#running.set(key, handshake);
    socket.once('close', () => {
      if (this.#running.get(key) === handshake) this.#forget(key, handshake);
    });
  }

  /** The connection is a channel now; false when its time was over already. `socket` may be the TLS socket over it. */
  finish(socket: Socket): boolean {
    const key = keyOf(socket);
    const handshake = key === undefined ? undefined : this.#running.get(key);
    if (key === undefined || handshake === undefined) return false;
    this.#forget(key, handshake);
    return true;
  }

  /** Ends all of them. */
  stop(): void {
    for (const [key, handshake] of [...this.#running]) {
      this.#forget(key, handshake);
      handshake.socket.destroy();
    }
  }

  #makeRoom(address: string): void {
    const all = [...this.#running];
    const same = all.filter(([, handshake]) => handshake.address === address);
    const [oldest] = same.length >= this.#limits.handshakesPerAddress ? same : all;
    const full = same.length >= this.#limits.handshakesPerAddress || all.length >= this.#limits.handshakes;
    if (!full || oldest === undefined) return;
    this.#forget(...oldest);
    oldest[1].socket.destroy();
  }

  #forget(key: string, handshake: Handshake): void {
    handshake.cancel();
    this.#running.delete(key);
  }
}

/** Both ends' addresses: the same for a TCP socket and the TLS socket over it, and unique while it is open. */
function keyOf(socket: Socket): string | undefined {
  const { remoteAddress, remotePort, localAddress, localPort } = socket;
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  return `${remoteAddress} ${remotePort} ${localAddress ?? ''} ${localPort ?? 0}`;
}
