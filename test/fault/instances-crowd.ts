import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import {
  DiscoveryPath,
  type Endpoint,
  type Presence,
  type ServerFrame,
  serverFrame,
  SESSION_PROTOCOL,
  SessionClose,
  type SessionRequest,
} from '@p2p-chat/protocol/discovery';
import { LINK_DEAD_AFTER_MS } from '@p2p-chat/protocol/limits';
import { decodeJson } from '@p2p-chat/protocol/text';
import { bindingText } from '../../discovery-server/test/connection.ts';
import { type Person, signInFrameOf } from '../../discovery-server/test/test-client.ts';

type WithoutId<Request> = Request extends unknown ? Omit<Request, 'id'> : never;

/** What somebody sees of another. */
export type Seen = Pick<Presence, 'online' | 'device' | 'endpoints'>;

/** After how long without a sign of the server a client looks for another one: our clients ping after that themselves. */
const SILENCE_MS = LINK_DEAD_AFTER_MS / 2;

/** How long what is told of an absence may be on its way when that is over, milliseconds: Redis may stand still meanwhile. */
const UNDER_WAY_MS = 1_000;

/** A sighting of somebody offline who was not away for as long as the server has to wait. */
export interface Flap {
  readonly watcher: string;
  readonly of: string;
  /** For how long they had not heard from any server, milliseconds. */
  readonly absentMs: number;
}

/** A client that wants to be online, at whatever instance takes it, and watches all the others. */
export class Client {
  readonly who: Person;
  readonly picture = new Map<string, Seen>();
  endpoints: Endpoint[] = [];
  /** Why the person is not online any more, if the server said that for good. */
  ended: string | undefined;
  #wanted = false;
  #isRunning = false;
  #socket: WebSocket | undefined;
  #isOpen = false;
  #heardAt = performance.now();
  #lastAbsence = { ms: 0, over: -Infinity };
  #seq = 0;
  #id = 0;
  readonly #urls: readonly string[];
  readonly #crowd: ReadonlyMap<string, Client>;
  readonly #flap: (flap: Flap) => void;

  constructor(
    who: Person,
    urls: readonly string[],
    crowd: ReadonlyMap<string, Client>,
    flap: (flap: Flap) => void,
  ) {
    this.who = who;
    this.#urls = urls;
    this.#crowd = crowd;
    this.#flap = flap;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** For how long nothing was heard from a server, now or when others may still be told of it, milliseconds. */
  get absentMs(): number {
    const now = performance.now();
    const before = now - this.#lastAbsence.over < UNDER_WAY_MS ? this.#lastAbsence.ms : 0;
    return Math.max(before, now - this.#heardAt);
  }

  /** Whether this person signed out, or was never there. */
  get isWanted(): boolean {
    return this.#wanted;
  }

  /** Goes online, and stays so. */
  start(): void {
    this.#wanted = true;
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#run();
  }

  /** Signs out. */
  signOut(): void {
    this.#wanted = false;
    this.#send({ type: 'sign-out' });
    this.#socket?.close();
  }

  announce(endpoints: Endpoint[]): void {
    this.endpoints = endpoints;
    this.#send({ type: 'announce', endpoints });
  }

  /** Loses the connection without a word. */
  cut(): void {
    this.#socket?.terminate();
  }

  async #run(): Promise<void> {
    for (;;) {
      if (!this.#wanted || this.ended !== undefined) {
        this.#isRunning = false;
        return;
      }
      // Any instance, as a load balancer without a memory would choose it.
      await this.#session(this.#urls[randomInt(this.#urls.length)] ?? '');
      await pause(50 + randomInt(250));
    }
  }

  async #session(url: string): Promise<void> {
    const socket = new WebSocket(url + DiscoveryPath.session, SESSION_PROTOCOL, { handshakeTimeout: 2_000 });
    this.#socket = socket;
    this.#seq = 0;
    let heardAt = performance.now();
    const heard = (): void => {
      heardAt = performance.now();
      if (this.#isOpen) this.#heardAt = heardAt;
    };
    socket.on('ping', heard).on('error', () => undefined);
    socket.on('message', (data: Buffer) => {
      heard();
      this.#received(decodeJson(serverFrame, data), url);
    });
    const watchdog = setInterval(() => {
      if (performance.now() - heardAt > (this.#isOpen ? SILENCE_MS : 2_500)) socket.terminate();
    }, 100);
    const code = await new Promise<number>((resolve) => void socket.once('close', resolve));
    clearInterval(watchdog);
    this.#isOpen = false;
    const isForGood =
      code === SessionClose.replaced || code === SessionClose.notRegistered || code === SessionClose.deleted;
    if (isForGood && this.#wanted) this.ended = `closed with ${code}`;
  }

  #received(frame: ServerFrame, url: string): void {
    if (frame.type === 'challenge') {
      const { nonce } = frame;
      const challenge = { nonce, binding: bindingText('plain', url, undefined) };
      // Not to take over: whoever is taken for another device is closed for good.
      this.#socket?.send(JSON.stringify(signInFrameOf(this.who, challenge, this.endpoints, false)));
    } else if (frame.type === 'welcome') {
      this.#isOpen = true;
      const now = performance.now();
      this.#lastAbsence = { ms: now - this.#heardAt, over: now };
      this.#heardAt = now;
      // They may have changed since the sign-in was sent.
      this.announce(this.endpoints);
      const identities = [...this.#crowd.keys()].filter((identity) => identity !== this.who.identity);
      this.#send({ type: 'watch', identities });
    } else if ('seq' in frame) {
      if (frame.seq !== this.#seq + 1) this.#send({ type: 'resync' });
      this.#seq = frame.seq;
      if (frame.type === 'snapshot') for (const each of frame.presences) this.#sees(each);
      if (frame.type === 'presence') this.#sees(frame.presence);
    }
  }

  #sees({ identity, online, device, endpoints }: Presence): void {
    const of = this.#crowd.get(identity);
    if (!online && of?.isWanted === true && of.ended === undefined) {
      this.#flap({ watcher: this.who.name, of: of.who.name, absentMs: of.absentMs });
    }
    this.picture.set(identity, { online, device, endpoints });
  }

  #send(request: WithoutId<SessionRequest>): void {
    if (!this.#isOpen) return;
    this.#id += 1;
    this.#socket?.send(JSON.stringify({ ...request, id: this.#id }));
  }
}

/** What differs between what each sees and what is so. */
export function differences(crowd: ReadonlyMap<string, Client>): string[] {
  const found: string[] = [];
  for (const watcher of crowd.values()) {
    if (watcher.ended !== undefined) found.unshift(`${watcher.who.name} was ${watcher.ended}`);
    if (!watcher.isWanted) continue;
    if (!watcher.isOpen) found.unshift(`${watcher.who.name} is not there yet`);
    for (const [identity, of] of crowd) {
      if (of === watcher) continue;
      const seen = watcher.picture.get(identity);
      const isSo: Seen = of.isWanted
        ? { online: true, device: of.who.device, endpoints: of.endpoints }
        : { online: false, device: null, endpoints: [] };
      if (JSON.stringify(seen) === JSON.stringify(isSo)) continue;
      found.push(
        `${watcher.who.name} sees ${of.who.name} as ${JSON.stringify(seen)}, not ${JSON.stringify(isSo)}`,
      );
    }
  }
  return found;
}
