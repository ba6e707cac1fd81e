import type { Log } from '../core/ports.ts';
import type { PeerPush, PeerPushValue, Problem, Snapshot } from '../peer-api.ts';
import { Listeners } from './listeners.ts';
import { applyPush } from './snapshot.ts';

type PushListeners = { readonly [P in PeerPush]: Listeners<PeerPushValue<P>> };

/** What this window knows of the peer, and whoever wants to hear of it. */
export class Mirror {
  readonly #pushes: PushListeners;
  readonly #connected: Listeners<Snapshot>;
  readonly #disconnected: Listeners<undefined>;
  readonly #silence: Listeners<Problem | null>;
  #snapshot: Snapshot | undefined;

  constructor(log: Log) {
    const failed = (error: unknown): void => {
      log('error', `A listener failed: ${error instanceof Error ? (error.stack ?? '') : String(error)}`);
    };
    this.#pushes = {
      status: new Listeners(failed),
      contact: new Listeners(failed),
      contactReplaced: new Listeners(failed),
      contactRemoved: new Listeners(failed),
      directory: new Listeners(failed),
      damagedFiles: new Listeners(failed),
      messages: new Listeners(failed),
      notify: new Listeners(failed),
      notice: new Listeners(failed),
      typing: new Listeners(failed),
      forgotten: new Listeners(failed),
      log: new Listeners(failed),
    };
    this.#connected = new Listeners(failed);
    this.#disconnected = new Listeners(failed);
    this.#silence = new Listeners(failed);
  }

  /** The newest state, also of a peer that is gone; undefined before the first. */
  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  onPush<P extends PeerPush>(push: P, listener: (value: PeerPushValue<P>) => void): () => void {
    return this.#pushes[push].add(listener);
  }

  onConnected(listener: (snapshot: Snapshot) => void): () => void {
    return this.#connected.add(listener);
  }

  onDisconnected(listener: () => void): () => void {
    return this.#disconnected.add(listener);
  }

  onSilence(listener: (problem: Problem | null) => void): () => void {
    return this.#silence.add(listener);
  }

  connected(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    this.#connected.fire(snapshot);
  }

  disconnected(): void {
    this.#disconnected.fire(undefined);
  }

  silence(problem: Problem | null): void {
    this.#silence.fire(problem);
  }

  /** Listeners see the snapshot with the push in it. */
  pushed<P extends PeerPush>(name: P, value: PeerPushValue<P>): void {
    if (this.#snapshot !== undefined) this.#snapshot = applyPush(this.#snapshot, name, value);
    this.#pushes[name].fire(value);
  }
}
