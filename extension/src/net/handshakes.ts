import { isIPv6, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Cancel, Clock } from '../core/ports.ts';

/** What a stranger may hold of a listener. */
export interface ListenerLimits {
  /** From accepting a connection to its open WebSocket, milliseconds. */
  readonly handshakeTimeoutMs: number;
  /** Handshakes in flight. Each costs about 50 KiB and, at its end, a millisecond of signing. */
  readonly handshakes: number;
  /** Handshakes in flight from one address, or one /64 of IPv6: a team behind one NAT gateway does not start more at once. */
  readonly handshakesPerAddress: number;
  /** Open channels: far more than a person has contacts. Beyond it the oldest of those who are none goes. */
  readonly channels: number;
  /** Open channels of one identity: its devices, and lost links that nobody has noticed yet. The oldest goes. */
  readonly channelsPerIdentity: number;
}

interface Handshake {
  readonly socket: Duplex;
  /** See groupOf, and RELAYED. */
  readonly group: string;
  readonly cancel: Cancel;
}

/** Of all that come through a relay, where nobody has an address: together they get no more than one address. */
const RELAYED = 'relayed';

/**
 * Connections that are not yet an open channel. When there are too many, one of those who hold most goes, and of theirs
 * the oldest: an honest handshake is done in well under a second, so whoever holds one longest is the one who stalls.
 */
export class Handshakes {
  readonly #clock: Clock;
  readonly #limits: ListenerLimits;
  readonly #running = new Map<string, Handshake>();
  #relayed = 0;

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
    this.#add(key, socket, groupOf(address));
  }

  /** The same for one that came through a relay. @returns what it is known by, for `finish` */
  beginRelayed(stream: Duplex): string {
    this.#relayed += 1;
    const key = `${RELAYED} ${this.#relayed}`;
    this.#add(key, stream, RELAYED);
    return key;
  }

  /**
   * The connection is a channel now; false when its time was over already.
   * @param connection the socket, or the TLS socket over it; or what `beginRelayed` gave
   */
  finish(connection: Socket | string): boolean {
    const key = typeof connection === 'string' ? connection : keyOf(connection);
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

  #add(key: string, socket: Duplex, group: string): void {
    this.#makeRoom(group);
    const cancel = this.#clock.after(this.#limits.handshakeTimeoutMs, () => socket.destroy());
    const handshake: Handshake = { socket, group, cancel };
    this.#running.set(key, handshake);
    socket.once('close', () => {
      if (this.#running.get(key) === handshake) this.#forget(key, handshake);
    });
  }

  #makeRoom(group: string): void {
    const groups = Map.groupBy(this.#running, ([, handshake]) => handshake.group);
    const same = groups.get(group) ?? [];
    const most = Math.max(...[...groups.values()].map(({ length }) => length));
    const largest = [...groups.values()].find(({ length }) => length === most) ?? [];
    const isFull = this.#running.size >= this.#limits.handshakes;
    const [oldest] = same.length >= this.#limits.handshakesPerAddress ? same : isFull ? largest : [];
    if (oldest === undefined) return;
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

/**
 * Whom addresses count as: whoever has one of IPv6 has the whole /64, and one of IPv4 in IPv6 is that of IPv4.
 * @param address an IP literal; a zone counts, since the same link-local address may be of several networks
 */
function groupOf(address: string): string {
  const [literal = '', zone = ''] = address.split('%');
  if (!isIPv6(literal)) return address;
  const shortest = new URL(`http://[${literal}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(shortest);
  if (mapped !== null) {
    const words = [mapped[1], mapped[2]].map((word = '') => Number.parseInt(word, 16));
    return words.flatMap((word) => [word >>> 8, word & 255]).join('.');
  }
  const [before = '', after] = shortest.split('::');
  const [head, tail] = [before, after ?? ''].map((part) => part.split(':').filter((word) => word !== ''));
  if (head === undefined || tail === undefined) return address;
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return `${[...head, ...zeros, ...tail].slice(0, 4).join(':')}%${zone}`;
}
