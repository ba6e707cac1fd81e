import type { Log } from '../core/ports.ts';
import {
  PeerError,
  type PeerClient,
  type PeerMethod,
  type PeerParams,
  type PeerPush,
  type PeerPushValue,
  type PeerResult,
  type Problem,
  type Snapshot,
} from '../peer-api.ts';
import { systemClock } from '../peer/system.ts';
import { PING, pong } from '../peer/wire.ts';
import { HandedOver, NotConnected, reachOwner } from './greet.ts';
import { Mirror } from './mirror.ts';
import { Patience } from './patience.ts';
import { PeerHost, type PeerHostOptions } from './peer-host.ts';
import { Pulse } from './pulse.ts';
import { ConnectionLost, type Session } from './session.ts';
import { type OwnerWords, Silence } from './silence.ts';
import { UnderWay } from './under-way.ts';
import { Waiting } from './waiting.ts';
import { t } from '../core/words.ts';

/**
 * How often one request is asked. Twice outlives a change of owner; a third time, that the next owner was an older
 * window that at once hands over. No more: a request may be what ends the owners.
 */
const MAX_ATTEMPTS = 3;

export interface PeerClientOptions extends PeerHostOptions {
  /** How a window that stands still is named to the person. */
  readonly ownerWords?: OwnerWords;
}

export interface WindowPeerClient extends PeerClient {
  /**
   * Called with a problem when the window that runs the peer stands still, and with null when that is over: it goes on,
   * or another takes over. Requests fail with the problem meanwhile.
   */
  onSilence(listener: (problem: Problem | null) => void): () => void;
  /** Begins to look for the owner, or to become it. */
  start(): void;
  /** Ends the connection, and the peer too if it runs in this window. Ends within about two seconds. */
  stop(): Promise<void>;
}

/** What every window uses to reach the peer, wherever it runs. Does nothing until `start`. */
export function createPeerClient(options: PeerClientOptions): WindowPeerClient {
  return new Client(options);
}

type State =
  | { readonly kind: 'idle' }
  /** Trying to reach an owner. */
  | { readonly kind: 'dialling'; readonly abort: AbortController }
  /** This window's worker tries to become the owner. */
  | { readonly kind: 'electing' }
  /** Waiting a moment before dialling again. */
  | { readonly kind: 'resting'; readonly timer: NodeJS.Timeout }
  | { readonly kind: 'connected'; readonly session: Session; readonly pulse: Pulse }
  | { readonly kind: 'stopped' };

class Client implements WindowPeerClient {
  readonly #options: PeerClientOptions;
  readonly #log: Log;
  readonly #mirror: Mirror;
  readonly #silence: Silence;
  readonly #patience = new Patience();
  readonly #waiting = new Waiting<Session>();
  readonly #underWay = new UnderWay();
  #state: State = { kind: 'idle' };
  /** This window's worker, from its start to its end, whatever the state of the connection. */
  #host: PeerHost | undefined;
  #lastProblem: Problem | undefined;
  #lastSaid = '';

  constructor(options: PeerClientOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#mirror = new Mirror(options.log);
    const { globalStorage, ownerWords: words } = options;
    this.#silence = new Silence({ globalStorage, words, told: (problem) => this.#silenceChanged(problem) });
  }

  get snapshot(): Snapshot | undefined {
    return this.#mirror.snapshot;
  }

  onPush<P extends PeerPush>(push: P, listener: (value: PeerPushValue<P>) => void): () => void {
    return this.#mirror.onPush(push, listener);
  }

  onConnected(listener: (snapshot: Snapshot) => void): () => void {
    return this.#mirror.onConnected(listener);
  }

  onDisconnected(listener: () => void): () => void {
    return this.#mirror.onDisconnected(listener);
  }

  onSilence(listener: (problem: Problem | null) => void): () => void {
    return this.#mirror.onSilence(listener);
  }

  start(): void {
    if (this.#state.kind === 'idle') this.#dial();
  }

  async stop(): Promise<void> {
    this.#transition({ kind: 'stopped' });
    this.#waiting.reject(stoppedError());
    await this.#host?.stop();
  }

  /** Every request is idempotent, so one whose answer was cut off is asked again of the next owner. */
  async request<M extends PeerMethod>(method: M, params: PeerParams<M>): Promise<PeerResult<M>> {
    for (let attempt = 1; ; attempt++) {
      const session = await this.#session();
      try {
        return await this.#underWay.follow(session.request(method, params));
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
        if (attempt === MAX_ATTEMPTS) throw lostTooOften(error);
      }
    }
  }

  #session(): Session | Promise<Session> {
    if (this.#state.kind === 'stopped') throw stoppedError();
    if (this.#silence.problem !== undefined) throw errorOf(this.#silence.problem);
    if (this.#state.kind === 'connected' && !this.#state.session.closed) return this.#state.session;
    if (this.#lastProblem !== undefined) {
      // A person wants something now: what was wrong may be mended.
      this.#patience.wanted();
      if (this.#state.kind === 'resting') this.#dial();
    }
    return this.#waiting.wait(() => {
      return errorOf(this.#lastProblem ?? this.#silence.unstarted ?? NOT_STARTED);
    });
  }

  /** The only place where the state changes: what the old one holds is ended. */
  #transition(next: State): void {
    const old = this.#state;
    if (old.kind === 'stopped') return;
    this.#state = next;
    if (old.kind === 'dialling') old.abort.abort();
    if (old.kind === 'resting') clearTimeout(old.timer);
    if (old.kind === 'connected') {
      old.pulse.stop();
      old.session.close();
      this.#mirror.disconnected();
    }
    this.#silence.end();
  }

  /** @param patiently whether the owner is known to stand still, so that an answer is waited for without an end */
  #dial(patiently = false): void {
    const abort = new AbortController();
    const dialling: State = { kind: 'dialling', abort };
    this.#transition(dialling);
    if (patiently) void this.#silence.begin(() => this.#state === dialling);
    const { globalStorage, version } = this.#options;
    reachOwner({ globalStorage, version, patiently }, abort.signal).then(
      ({ session, snapshot }) => {
        if (this.#state === dialling && !session.closed) this.#enter(session, snapshot);
        else session.close();
        if (this.#state === dialling) this.#dial();
      },
      (error: unknown) => {
        if (this.#state === dialling) this.#notReached(error);
      },
    );
  }

  #enter(session: Session, snapshot: Snapshot): void {
    let place = 0;
    const ask = async (): Promise<void> => {
      // An older owner does not know it, and a connection that ends says so itself.
      const answer = await session.ask(PING, {}).catch(() => undefined);
      place = pong.safeParse(answer).data?.place ?? place;
    };
    const pulse = new Pulse({
      clock: systemClock,
      ask: () => void ask(),
      silent: () => void this.#silence.begin(() => pulse.isSilent),
      back: () => {
        this.#silence.end();
        // What was asked meanwhile has failed.
        const { snapshot: newest } = this.#mirror;
        if (newest !== undefined) this.#mirror.connected(newest);
      },
    });
    this.#transition({ kind: 'connected', session, pulse });
    this.#patience.connected();
    this.#silence.started();
    this.#lastProblem = undefined;
    this.#lastSaid = '';
    this.#mirror.connected(snapshot);
    void ask();
    this.#waiting.resolve(session);
    session.bind({
      push: (name, value) => this.#mirror.pushed(name, value),
      heard: () => pulse.heard(),
      handedOver: () => {
        this.#patience.handedOver();
        this.#log('info', 'A window with a newer version of P2P Chat takes over.');
      },
      malformed: (what) =>
        this.#log('warn', `P2P Chat sent something that this version cannot read: ${what}`),
      closed: () => {
        if (this.#state.kind !== 'connected' || this.#state.session !== session) return;
        // The first was the owner's own window, which is gone with it.
        this.#patience.lostOwner(Math.max(0, place - 1));
        this.#dial();
      },
    });
  }

  #notReached(error: unknown): void {
    if (error instanceof HandedOver) {
      this.#elect();
      return;
    }
    const quiet = error instanceof ConnectionLost || (error instanceof NotConnected && !error.reached);
    if (!quiet) this.#say(error instanceof Error ? error.message : String(error));
    const metSilence = error instanceof NotConnected && error.silent;
    if (metSilence) this.#patience.silent();
    if (this.#patience.mayElect(Date.now())) this.#elect(metSilence);
    else this.#rest();
  }

  #rest(): void {
    const pause = this.#patience.pause(Date.now(), Math.random());
    this.#transition({ kind: 'resting', timer: setTimeout(() => this.#dial(), pause) });
  }

  /** @param metSilence whether somebody listens and does not answer: the owner, if the lock is held */
  #elect(metSilence = false): void {
    if (this.#host !== undefined) {
      this.#rest();
      return;
    }
    this.#transition({ kind: 'electing' });
    let isOwned = false;
    try {
      this.#host = new PeerHost(this.#options, {
        ready: () => {
          if (this.#state.kind === 'electing') this.#dial();
        },
        notOwner: () => {
          isOwned = true;
          if (metSilence) return;
          this.#patience.lostElection();
          void this.#silence.lostElection();
        },
        failed: (problem) => this.#failed(problem),
        exited: () => {
          this.#host = undefined;
          if (this.#state.kind !== 'electing') return;
          if (metSilence && isOwned) this.#dial(true);
          else this.#rest();
        },
      });
    } catch (error) {
      this.#failed({ code: 'internal', message: t('P2P Chat cannot start a thread: {0}', String(error)) });
      this.#rest();
    }
  }

  #failed(problem: Problem): void {
    this.#lastProblem = problem;
    this.#patience.failed(Date.now(), Math.random());
    this.#log('error', problem.message);
    // What a person must mend is said at once; of anything else the next attempt, or another window, may do better.
    if (problem.code !== 'internal') this.#waiting.reject(errorOf(problem));
  }

  #silenceChanged(problem: Problem | null): void {
    if (problem !== null) {
      this.#log('warn', problem.message);
      this.#waiting.reject(errorOf(problem));
      this.#underWay.reject(errorOf(problem));
    }
    this.#mirror.silence(problem);
  }

  /** Once for each reason: a dial is repeated several times a second. */
  #say(reason: string): void {
    if (reason === this.#lastSaid) return;
    this.#lastSaid = reason;
    this.#log('warn', `P2P Chat cannot be reached: ${reason}`);
  }
}

const NOT_STARTED: Problem = {
  code: 'internal',
  message: t('P2P Chat did not start in time. The log ("P2P Chat: Show Log") may say why.'),
};

function errorOf({ code, message }: Problem): PeerError {
  return new PeerError(code, message);
}

function lostTooOften(cause: Error): PeerError {
  return new PeerError('internal', t('The connection to P2P Chat was lost several times. Try again.'), {
    cause,
  });
}

function stoppedError(): PeerError {
  return new PeerError('internal', t('P2P Chat was stopped in this window.'));
}
