import assert from 'node:assert/strict';
import { WebSocket } from 'ws';
import type * as z from 'zod';
import {
  challengeAnswer,
  DiscoveryPath,
  type Endpoint,
  OFFERS_DIAL_BACK,
  OFFERS_RELAY,
  type Presence,
  registrationStatement,
  type ServerFrame,
  serverFrame,
  SESSION_PROTOCOL,
  type signInFrame,
  type SessionRequest,
  signInStatement,
  TAKES_RELAY_ADDRESS,
} from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import {
  encodePublicKey,
  fingerprintOf,
  generateKeyPair,
  type KeyPair,
  signStatement,
} from '@p2p-chat/protocol/identity';
import { makeSuccession, type Succession } from '@p2p-chat/protocol/succession';
import { decodeJson } from '@p2p-chat/protocol/text';
import { bindingText, http, type HttpAnswer, serverKeyOf, type Via } from './connection.ts';

export { http, type HttpAnswer } from './connection.ts';

/** How long a test waits for what should come at once before it fails, milliseconds. */
const PATIENCE_MS = 10_000;

/** A person of a test: a name, an identity and one device. */
export interface Person {
  readonly name: string;
  readonly keys: KeyPair;
  readonly identity: Fingerprint;
  readonly device: Fingerprint;
}

export function person(name: string, keys = generateKeyPair()): Person {
  return { name, keys, identity: fingerprintOf(keys.publicKey), device: newDevice() };
}

export function newDevice(): Fingerprint {
  return fingerprintOf(generateKeyPair().publicKey);
}

/** A person whose identity follows on others. */
export interface Successor extends Person {
  readonly successions: readonly Succession[];
}

/** The same person with the next identity, on the same device. */
export function successor(who: Person & Partial<Successor>): Successor {
  const keys = generateKeyPair();
  const successions = [...(who.successions ?? []), makeSuccession(who.keys, keys)];
  return { ...who, keys, identity: fingerprintOf(keys.publicKey), successions };
}

/** A nonce, and what a signature over it has to be bound to. */
export interface Challenge {
  readonly nonce: string;
  readonly binding: string;
}

export async function getChallenge(url: string, via: Via = {}): Promise<Challenge> {
  const { status, text, serverKey } = await http(url, DiscoveryPath.challenges, { ...via, method: 'POST' });
  assert.equal(status, 201, text);
  const { nonce, binding } = decodeJson(challengeAnswer, text);
  return { nonce, binding: bindingText(binding, url, serverKey) };
}

/** What a registration says, signed; single fields can be replaced to make it wrong. */
export interface RegistrationBody {
  readonly name: string;
  readonly identity: string;
  readonly nonce: string;
  readonly signature: string;
  readonly successions?: readonly Succession[];
}

export async function registrationBody(
  url: string,
  who: Pick<Person, 'name' | 'keys'> & Partial<Successor>,
  via: Via = {},
): Promise<RegistrationBody> {
  return registrationBodyOf(who, await getChallenge(url, via));
}

export function registrationBodyOf(
  { name, keys, successions }: Pick<Person, 'name' | 'keys'> & Partial<Successor>,
  { nonce, binding }: Challenge,
): RegistrationBody {
  const signature = signStatement(keys.privateKey, registrationStatement(binding, nonce, name));
  const body = { name, identity: encodePublicKey(keys.publicKey), nonce, signature };
  return successions === undefined ? body : { ...body, successions };
}

export async function postRegistration(url: string, body: unknown, via: Via = {}): Promise<HttpAnswer> {
  return http(url, DiscoveryPath.accounts, {
    ...via,
    method: 'POST',
    headers: { ...via.headers, 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** Registers and returns the answer, whatever it is. */
export async function register(
  url: string,
  who: Pick<Person, 'name' | 'keys'> & Partial<Successor>,
  { joinCode, ...via }: Via & { readonly joinCode?: string } = {},
): Promise<HttpAnswer> {
  const body = await registrationBody(url, who, via);
  return postRegistration(url, joinCode === undefined ? body : { ...body, joinCode }, via);
}

export type FrameOf<Type extends ServerFrame['type']> = Extract<ServerFrame, { type: Type }>;
export type Push = Extract<ServerFrame, { seq: number }>;
type WithoutId<Request> = Request extends unknown ? Omit<Request, 'id'> : never;

/** A session as a test drives it. Every frame that comes has passed the schema. */
export class TestSession {
  readonly socket: WebSocket;
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #inbox: ServerFrame[] = [];
  #failed: Error | undefined;
  /** Who waits for something to arrive: woken all together, each looks for its own. */
  readonly #waiters = new Set<() => void>();
  readonly #url: string;
  #serverKey: Fingerprint | undefined;
  #nextId = 1;

  constructor(socket: WebSocket, url: string) {
    this.socket = socket;
    this.#url = url;
    socket.once('upgrade', (response) => (this.#serverKey = serverKeyOf(response)));
    socket.on('message', (data: Buffer) => {
      try {
        this.#inbox.push(decodeJson(serverFrame, data));
      } catch (error) {
        this.#failed = error instanceof Error ? error : new Error(String(error));
      }
      this.#arrived();
    });
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => {
        this.#failed ??= new Error(`the session was closed: ${code} ${reason.toString()}`);
        this.#arrived();
        resolve({ code, reason: reason.toString() });
      });
    });
  }

  /** Opens a socket; the server's challenge is the first frame of its inbox. */
  static connect(url: string, via: Via = {}): TestSession {
    const options = { ...via, rejectUnauthorized: false };
    return new TestSession(new WebSocket(url + DiscoveryPath.session, SESSION_PROTOCOL, options), url);
  }

  /** Connects and signs in. */
  static async signedIn(
    url: string,
    who: Person,
    endpoints: Endpoint[] = [],
    via: Via = {},
  ): Promise<TestSession> {
    const session = TestSession.connect(url, via);
    await session.signIn(who, endpoints);
    return session;
  }

  /** As somebody who asked for it: takes over from another device. */
  async signIn(who: Person, endpoints: Endpoint[] = []): Promise<FrameOf<'welcome'>> {
    const challenge = await this.challenge();
    this.send(signInFrameOf(who, challenge, endpoints));
    return this.next('welcome');
  }

  /** The server's challenge, and what this client takes it to be bound to. */
  async challenge(): Promise<Challenge> {
    const { nonce, binding } = await this.next('challenge');
    return { nonce, binding: bindingText(binding, this.#url, this.#serverKey) };
  }

  send(frame: unknown): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /** The next frame of this type; those of other types stay for later. */
  async next<Type extends ServerFrame['type']>(type: Type): Promise<FrameOf<Type>> {
    return this.#take((frame): frame is FrameOf<Type> => frame.type === type, type);
  }

  /** The next push, whatever its kind. */
  async nextPush(): Promise<Push> {
    return this.#take((frame): frame is Push => 'seq' in frame, 'a push');
  }

  /** Frames that have come and that nobody has taken. */
  waiting(): readonly ServerFrame[] {
    return this.#inbox;
  }

  /** Resolves once anything more has come. */
  arrival(): Promise<void> {
    return this.#arrival('another frame');
  }

  /** Asks, and returns the result or the error. */
  async ask(request: WithoutId<SessionRequest>): Promise<FrameOf<'result' | 'error'>> {
    const id = this.#nextId++;
    this.send({ ...request, id });
    return this.#take(
      (frame): frame is FrameOf<'result' | 'error'> =>
        (frame.type === 'result' || frame.type === 'error') && frame.id === id,
      `the answer to ${request.type}`,
    );
  }

  async lookUp(identity: Fingerprint): Promise<Presence | null | undefined> {
    const answer = await this.ask({ type: 'look-up', identity });
    assert.equal(answer.type, 'result');
    return answer.found;
  }

  /** Watches and returns the presences of the snapshots that came with it. */
  async watch(...identities: Fingerprint[]): Promise<Presence[]> {
    const answer = await this.ask({ type: 'watch', identities });
    assert.equal(answer.type, 'result');
    return this.takeSnapshots();
  }

  /** Takes the snapshots that wait. */
  takeSnapshots(): Presence[] {
    const snapshots = this.#inbox.filter((frame) => frame.type === 'snapshot');
    for (const frame of snapshots) this.#inbox.splice(this.#inbox.indexOf(frame), 1);
    return snapshots.flatMap(({ presences }) => presences);
  }

  /** Dies without a word, as a killed process does. */
  kill(): void {
    this.socket.terminate();
  }

  async #take<Frame extends ServerFrame>(
    wanted: (frame: ServerFrame) => frame is Frame,
    what: string,
  ): Promise<Frame> {
    for (;;) {
      const frame = this.#inbox.find(wanted);
      if (frame !== undefined) {
        this.#inbox.splice(this.#inbox.indexOf(frame), 1);
        return frame;
      }
      if (this.#failed !== undefined) throw new Error(`waiting for ${what}: ${this.#failed.message}`);
      await this.#arrival(what);
    }
  }

  #arrived(): void {
    for (const wake of this.#waiters) wake();
    this.#waiters.clear();
  }

  async #arrival(what: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${what} did not come`)), PATIENCE_MS);
      this.#waiters.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

export function signInFrameOf(
  { keys, device }: Person,
  { nonce, binding }: Challenge,
  endpoints: Endpoint[] = [],
  takeOver = true,
  takes: string[] = [OFFERS_DIAL_BACK, OFFERS_RELAY, TAKES_RELAY_ADDRESS],
): z.infer<typeof signInFrame> {
  return {
    type: 'sign-in',
    identity: encodePublicKey(keys.publicKey),
    device,
    signature: signStatement(keys.privateKey, signInStatement(binding, nonce, device)),
    endpoints,
    takes,
    ...(takeOver ? { takeOver } : {}),
  };
}
