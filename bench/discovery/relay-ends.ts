import { DiscoveryPath, RELAY_PROTOCOL, serverFrame } from '@p2p-chat/protocol/discovery';
import { decodeJson } from '@p2p-chat/protocol/text';
import { clientFrame, ThinSocket } from '../lib/thin-socket.ts';
import type { Somebody } from './people.ts';
import { type Client, forwardedFor, signIn, watchFrame } from './wire.ts';

/** Bytes of a message where throughput is measured: a full record of TLS, as a link that has much to send makes them. */
const LARGE = 16 * 1024;
/** And in flight, together less than what a relay keeps for one end before it reads no more of the other. */
const LARGE_IN_FLIGHT = 12;
/** Bytes of a message where a round trip is measured: a line of a chat. */
const SMALL = 256;

const BINARY = 2;

/** One of two clients that something joins. */
class End {
  readonly opened: Promise<void>;
  readonly #socket: ThinSocket;
  /** Told of each message from now on. */
  got: (payload: Buffer) => void = () => undefined;
  /** Told of the end, should it come unasked for. */
  failed: (error: Error) => void = () => undefined;

  constructor(port: number, headers: string) {
    let open: () => void = () => undefined;
    this.opened = new Promise((done, failed) => {
      open = done;
      this.failed = failed;
    });
    this.#socket = new ThinSocket(
      { port, path: DiscoveryPath.relay, headers: `Sec-WebSocket-Protocol: ${RELAY_PROTOCOL}\r\n${headers}` },
      {
        open: () => open(),
        text: (payload) => this.got(payload),
        binary: (payload) => this.got(payload),
        closed: (why) => this.failed(new Error(`a relayed connection ended: ${why}`)),
      },
    );
  }

  send(frame: Buffer): void {
    this.#socket.sendFrame(frame);
  }
}

/** Two clients that are joined, or one and a server that answers by itself. */
export class Ends {
  readonly #one: End;
  readonly #other: End | undefined;

  private constructor(one: End, other?: End) {
    this.#one = one;
    this.#other = other;
  }

  /** By the relay of a discovery server, into which each of the two has a ticket. */
  static async relayed(port: number, one: Somebody, other: Somebody): Promise<Ends> {
    const [asking, asked] = [
      await signIn(port, one, watchFrame([other.identity]), ['relay']),
      await signIn(port, other, watchFrame([one.identity]), ['relay']),
    ];
    const tickets = Promise.all([ticketOf(asking), ticketOf(asked)]);
    asking.socket.send(JSON.stringify({ type: 'relay', id: 1, identity: other.identity }));
    const [own, others] = await tickets;
    const enter = (who: Somebody, ticket: string): End =>
      new End(port, `Authorization: Bearer ${ticket}\r\n${forwardedFor(who.address)}`);
    return Ends.#joined(enter(one, own), enter(other, others));
  }

  /** By a bare pipe, which joins every two that come one after the other. */
  static async piped(port: number): Promise<Ends> {
    return Ends.#joined(new End(port, ''), new End(port, ''));
  }

  /** By nothing: a bare server is the other end, and sends everything back. */
  static async direct(port: number): Promise<Ends> {
    const one = new End(port, 'X-Echo: yes\r\n');
    await one.opened;
    return new Ends(one);
  }

  static async #joined(one: End, other: End): Promise<Ends> {
    await Promise.all([one.opened, other.opened]);
    return new Ends(one, other);
  }

  /** Sends full messages from one to the other for so long. @returns how many came, a second and in all */
  flood(ms: number): Promise<{ rate: number; count: number }> {
    const frame = clientFrame(BINARY, Buffer.alloc(LARGE, 1));
    const start = performance.now();
    return new Promise((done, failed) => {
      let [sent, count] = [0, 0];
      const send = (): void => {
        sent += 1;
        this.#one.send(frame);
      };
      if (this.#other === undefined) throw new Error('nobody is at the other end');
      for (const end of [this.#one, this.#other]) end.failed = failed;
      this.#other.got = () => {
        count += 1;
        const passed = performance.now() - start;
        if (passed < ms) send();
        else if (count === sent) done({ rate: (count / passed) * 1_000, count });
      };
      for (let each = 0; each < LARGE_IN_FLIGHT; each += 1) send();
    });
  }

  /** Sends one line there and back, again and again. @returns milliseconds of each */
  async roundTrips(count: number): Promise<number[]> {
    const frame = clientFrame(BINARY, Buffer.alloc(SMALL, 1));
    const [one, other] = [this.#one, this.#other];
    if (other !== undefined) other.got = () => other.send(frame);
    const found: number[] = [];
    for (let each = 0; each < count; each += 1) {
      const start = performance.now();
      await new Promise<void>((done, failed) => {
        one.failed = failed;
        one.got = () => done();
        one.send(frame);
      });
      found.push(performance.now() - start);
    }
    return found;
  }
}

/** What lets this client in, as it is told next. */
function ticketOf(client: Client): Promise<string> {
  return new Promise((done, failed) => {
    client.closed = (why) => failed(new Error(why));
    client.text = (payload) => {
      const frame = decodeJson(serverFrame, payload);
      if ((frame.type === 'result' || frame.type === 'relay') && frame.ticket !== undefined)
        done(frame.ticket);
    };
  });
}
