import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { EventEmitter } from 'node:events';
import { NEARBY_SERVICE } from '@p2p-chat/protocol/nearby';
import { Allowance } from '../core/allowance.ts';
import type { Clock } from '../core/ports.ts';

/** Where multicast DNS is spoken. RFC 6762 §3. */
export const MULTICAST_DNS = { group: '224.0.0.251', port: 5353 } as const;

/** How far packets go: receivers may insist on it. RFC 6762 §11. */
const TTL = 255;

/** What is looked into of packets that speak of this kind of service: an office announces a few in a second. */
const TAKEN = { burst: 100, eachSecond: 50 } as const;

/** What is sent: a question or an answer. Whoever asks all the time hears no more. */
const SENT = { burst: 30, eachSecond: 10 } as const;

/** Bytes of a packet that is looked into, questions and records in it: ours have a few hundred, and four. */
const MAX_PACKET = 1_500;
const MAX_QUESTIONS = 16;
const MAX_RECORDS = 64;
const HEADER = 12;

/** Part of every packet that is about this kind of service; all others are nobody's business here. */
const LABEL = Buffer.from(`${String.fromCharCode(NEARBY_SERVICE.length + 1)}_${NEARBY_SERVICE}\u0004_tcp`);

export interface MulticastSocketOptions {
  /** The device's IPv4 address in the network that is meant. */
  readonly address: string;
  readonly port: number;
  readonly clock: Clock;
  /** Whether an address is of a network that this device is in. */
  readonly isNear: (address: string) => boolean;
  /** It may be used. */
  readonly ready: () => void;
  /** It is closed: the system does not let it be, or no longer. */
  readonly failed: (error: Error) => void;
}

/**
 * A socket for multicast DNS in one network, as the library that speaks it wants one. What comes from elsewhere, too
 * often, or in a shape that would cost much to look into goes no further; and nothing in a packet ends the program.
 */
export class MulticastSocket extends EventEmitter<{ message: [message: Buffer, from: RemoteInfo] }> {
  readonly #options: MulticastSocketOptions;
  readonly #socket: Socket;
  readonly #taken: Allowance;
  readonly #sent: Allowance;
  #isClosed = false;

  constructor(options: MulticastSocketOptions) {
    super();
    this.#options = options;
    this.#taken = new Allowance(options.clock, TAKEN);
    this.#sent = new Allowance(options.clock, SENT);
    this.#socket = createSocket({ type: 'udp4', reuseAddr: true });
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('message', (message, from) => this.#take(message, from));
    this.#socket.bind(options.port, () => this.#bound());
  }

  /** As of a socket of Node's; what is too much is not sent. */
  send(
    message: Buffer,
    offset: number,
    length: number,
    port: number,
    address: string,
    sent: (error: Error | null) => void,
  ): void {
    if (this.#isClosed || !this.#sent.take()) return sent(null);
    // A network that is gone, or a system that does not allow it, is no end: there may be another one soon.
    this.#socket.send(message, offset, length, port, address, () => sent(null));
  }

  close(closed?: () => void): void {
    if (this.#isClosed) return closed?.();
    this.#isClosed = true;
    this.#socket.close(closed);
  }

  #bound(): void {
    if (this.#isClosed) return;
    const { address, ready } = this.#options;
    try {
      this.#socket.addMembership(MULTICAST_DNS.group, address);
      this.#socket.setMulticastInterface(address);
      this.#socket.setMulticastTTL(TTL);
      this.#socket.setMulticastLoopback(true);
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    ready();
  }

  #fail(error: Error): void {
    if (this.#isClosed) return;
    this.close();
    this.#options.failed(error);
  }

  #take(message: Buffer, from: RemoteInfo): void {
    if (this.#isClosed || !isSmall(message) || !message.includes(LABEL)) return;
    if (!this.#options.isNear(from.address) || !this.#taken.take()) return;
    try {
      this.emit('message', message, from);
    } catch {
      // What the library stumbles over was sent by somebody to make it.
    }
  }
}

/** By the counts in its header, before anything else is read. */
function isSmall(message: Buffer): boolean {
  if (message.length < HEADER || message.length > MAX_PACKET) return false;
  const [questions, ...records] = [4, 6, 8, 10].map((at) => message.readUInt16BE(at));
  return (questions ?? 0) <= MAX_QUESTIONS && records.reduce((sum, count) => sum + count, 0) <= MAX_RECORDS;
}
