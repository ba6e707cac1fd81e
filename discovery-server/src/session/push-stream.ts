import type { Presence } from '@p2p-chat/protocol/discovery';
import { MAX_SNAPSHOT } from '@p2p-chat/protocol/limits';

/** What each push of a single change carries besides its number. */
const CARRIES = {
  presence: 'presence',
  account: 'presence',
  succession: 'successions',
  removed: 'identity',
} as const;
export type Change = keyof typeof CARRIES;

/** Where pushes go: a WebSocket. */
export interface PushSink {
  send(text: string): void;
  /** Bytes sent that the other end has not taken yet. */
  readonly bufferedAmount: number;
}

/**
 * The pushes of one session, numbered. A client that does not read keeps up with the numbers only: what is dropped
 * is counted all the same, and shows as a gap that the client mends by `resync`.
 */
export class PushStream {
  readonly #sink: PushSink;
  readonly #backlogBytes: number;
  readonly #epochJson: string;
  #seq = 0;
  #dropped = false;

  /** @param backlogBytes unsent bytes beyond which pushes are dropped */
  constructor(epoch: string, sink: PushSink, backlogBytes: number) {
    this.#epochJson = JSON.stringify(epoch);
    this.#sink = sink;
    this.#backlogBytes = backlogBytes;
  }

  /** One change. @param json what it carries, serialised once for all sessions that are told */
  change(type: Change, json: string): void {
    this.#push(type, `"${CARRIES[type]}":${json}`);
  }

  /** The state of these users, in as many snapshots as it takes, and at least one. */
  snapshot(presences: readonly Presence[]): void {
    let start = 0;
    do {
      this.#push('snapshot', `"presences":${JSON.stringify(presences.slice(start, start + MAX_SNAPSHOT))}`);
      start += MAX_SNAPSHOT;
    } while (start < presences.length);
  }

  /**
   * To be called now and then: once the client reads again after a drop, an empty snapshot shows it the gap, which
   * it would otherwise notice only at the next change.
   */
  showGap(): void {
    if (this.#dropped && this.#sink.bufferedAmount <= this.#backlogBytes) this.snapshot([]);
  }

  #push(type: string, body: string): void {
    this.#seq += 1;
    if (this.#sink.bufferedAmount > this.#backlogBytes) {
      this.#dropped = true;
      return;
    }
    this.#dropped = false;
    this.#sink.send(`{"type":"${type}","epoch":${this.#epochJson},"seq":${this.#seq},${body}}`);
  }
}
