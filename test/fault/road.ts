import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What a road does to the bytes of connections that are made from now on, or pass from now on. */
export interface Weather {
  /** Everything is so much later. */
  readonly delayMs: number;
  /** So many bytes pass in ten milliseconds at most. */
  readonly bytesPerTick: number;
}

const FAIR: Weather = { delayMs: 0, bytesPerTick: Number.POSITIVE_INFINITY };
const TICK_MS = 10;

/** One direction of one connection: bytes leave in order, as late and as slowly as the weather is. */
class Lane {
  readonly #to: Socket;
  readonly #weather: () => Weather;
  #queue: { readonly due: number; bytes: Buffer }[] = [];
  #timer: NodeJS.Timeout | null = null;
  #isSilent = false;

  constructor(to: Socket, weather: () => Weather) {
    this.#to = to;
    this.#weather = weather;
  }

  /** Nothing passes any more, and nobody is told: what TCP lost on the way is never made up for. */
  silence(): void {
    this.#isSilent = true;
    this.drop();
  }

  get isSilent(): boolean {
    return this.#isSilent;
  }

  drop(): void {
    this.#queue = [];
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  push(bytes: Buffer): void {
    if (this.#isSilent) return;
    const { delayMs, bytesPerTick } = this.#weather();
    if (this.#queue.length === 0 && delayMs === 0 && bytes.length <= bytesPerTick) {
      this.#to.write(bytes);
      return;
    }
    this.#queue.push({ due: performance.now() + delayMs, bytes });
    this.#drain();
  }

  #drain(): void {
    if (this.#timer !== null) return;
    let left = this.#weather().bytesPerTick;
    for (let next = this.#queue[0]; next !== undefined && left > 0; next = this.#queue[0]) {
      if (next.due > performance.now()) break;
      const part = next.bytes.subarray(0, left);
      left -= part.length;
      this.#to.write(part);
      next.bytes = next.bytes.subarray(part.length);
      if (next.bytes.length === 0) this.#queue.shift();
    }
    const [head] = this.#queue;
    if (head === undefined) return;
    const wait = Math.max(TICK_MS, head.due - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#drain();
    }, wait);
  }
}

/** The way from one peer to the other's listener: a proxy on 127.0.0.1 that does what networks do. */
export class Road {
  readonly #target: () => number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #lanes = new Set<{ readonly forth: Lane; readonly back: Lane }>();
  #weather = FAIR;
  #isClosed = false;

  private constructor(target: () => number) {
    this.#target = target;
    this.#server = createServer((near) => this.#join(near));
  }

  /** @param target the port of the listener at its end, which may be another after each start */
  static async open(target: () => number): Promise<Road> {
    const road = new Road(target);
    road.#server.listen(0, '127.0.0.1');
    await once(road.#server, 'listening');
    return road;
  }

  get port(): number {
    const address = this.#server.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  }

  /** Ends every connection, for both sides. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Connections of now pass nothing any more, in one direction or both; both ends still believe in them. */
  silence(direction: 'forth' | 'back' | 'both'): void {
    for (const { forth, back } of this.#lanes) {
      if (direction !== 'back') forth.silence();
      if (direction !== 'forth') back.silence();
    }
  }

  /** New connections are ended at once. */
  close(): void {
    this.#isClosed = true;
  }

  set weather(weather: Weather) {
    this.#weather = weather;
  }

  /** The road is as good as on the first day; connections that fell silent stay so. */
  mend(): void {
    this.#isClosed = false;
    this.#weather = FAIR;
  }

  async stop(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(near: Socket): void {
    if (this.#isClosed) {
      near.destroy();
      return;
    }
    const far = connect(this.#target(), '127.0.0.1');
    const weather = (): Weather => this.#weather;
    const lanes = { forth: new Lane(far, weather), back: new Lane(near, weather) };
    this.#lanes.add(lanes);
    this.#pass(near, far, lanes.forth, lanes);
    this.#pass(far, near, lanes.back, lanes);
  }

  #pass(from: Socket, to: Socket, lane: Lane, lanes: { readonly forth: Lane; readonly back: Lane }): void {
    from.setNoDelay(true);
    this.#sockets.add(from);
    from.on('data', (bytes: Buffer) => lane.push(bytes));
    from.on('error', () => undefined);
    from.on('close', () => {
      this.#sockets.delete(from);
      lane.drop();
      this.#lanes.delete(lanes);
      // The other end of a connection that fell silent learns of nothing.
      if (!lane.isSilent) to.destroy();
    });
  }
}
