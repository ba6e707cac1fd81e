import type { ServerFrame, SessionRequest } from '@p2p-chat/protocol/discovery';
import { DirectoryRefusal, DirectoryUnavailable } from '../core/net-ports.ts';
import type { Cancel, Clock } from '../core/ports.ts';
import { refusedBy } from './server-address.ts';

/** How long the server may take for an answer, milliseconds. */
const ANSWER_TIMEOUT_MS = 10_000;

/** A request without its id. */
export type RequestBody = SessionRequest extends infer R
  ? R extends unknown
    ? Omit<R, 'id'>
    : never
  : never;

export type ResultFrame = Extract<ServerFrame, { type: 'result' }>;
type ErrorFrame = Extract<ServerFrame, { type: 'error' }>;

interface Pending {
  readonly resolve: (result: ResultFrame) => void;
  readonly reject: (error: Error) => void;
  readonly cancel: Cancel;
}

/** Requests of one session that wait for their answers. */
export class PendingRequests {
  readonly #clock: Clock;
  readonly #pending = new Map<number, Pending>();
  #nextId = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Gives a request its id and sends it. The promise rejects with DirectoryUnavailable when no answer comes, and
   * with DirectoryRefusal when the server refuses.
   */
  add(send: (id: number) => void): Promise<ResultFrame> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(ANSWER_TIMEOUT_MS, () => {
        this.#pending.delete(id);
        reject(new DirectoryUnavailable('the discovery server does not answer'));
      });
      this.#pending.set(id, { resolve, reject, cancel });
      send(id);
    });
  }

  /** Hands an answer to whoever waits. Nobody does when it came too late. */
  settle(frame: ResultFrame | ErrorFrame): void {
    const pending = this.#pending.get(frame.id);
    if (pending === undefined) return;
    this.#pending.delete(frame.id);
    pending.cancel();
    if (frame.type === 'result') pending.resolve(frame);
    else pending.reject(new DirectoryRefusal(frame.code, refusedBy(frame.code).message));
  }

  /** No answer will come any more. */
  rejectAll(reason: string): void {
    for (const pending of this.#pending.values()) {
      pending.cancel();
      pending.reject(new DirectoryUnavailable(reason));
    }
    this.#pending.clear();
  }
}
