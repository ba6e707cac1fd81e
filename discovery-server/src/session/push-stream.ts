import { type Metrics, noMetrics } from '../metrics.ts';
import type { Frame } from './frame.ts';

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
  send(frame: Frame): void;
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
  readonly #metrics: Pick<Metrics, 'pushed'>;
  #seq = 0;
  #dropped = false;

  /**
   * @param backlogBytes unsent bytes beyond which changes are dropped
   * @param metrics told of each push, and whether it was sent or dropped
   */
  constructor(
    epoch: string,
    sink: PushSink,
    backlogBytes: number,
    metrics: Pick<Metrics, 'pushed'> = noMetrics,
  ) {
    this.#epochJson = JSON.stringify(epoch);
    this.#sink = sink;
    this.#backlogBytes = backlogBytes;
    this.#metrics = metrics;
  }

  /** Whether so little is unsent that the next piece of an answer leaves room for changes. */
  get hasRoom(): boolean {
    return this.#sink.bufferedAmount <= this.#backlogBytes / 2;
  }

  /** One change; dropped when too much is unsent. @param json what it carries, serialised once for all who are told */
  change(type: Change, json: string): void {
    if (this.#isFull) {
      this.#seq += 1;
      this.#dropped = true;
      this.#metrics.pushed(type, false);
    } else this.#sink.send(`${this.#next(type)}"${CARRIES[type]}":${json}}`);
  }

  /**
   * Part of the answer to a request, which is never dropped: whoever mends a gap would find the next one in the same
   * place. The caller waits for `hasRoom`. @param presences at most MAX_SNAPSHOT, each as JSON
   */
  snapshot(presences: readonly string[]): void {
    this.#sink.send({ head: `${this.#next('snapshot')}"presences":[`, items: presences, tail: ']}' });
  }

  /** As `snapshot`. @param json the chain, serialised */
  succession(json: string): void {
    this.#sink.send(`${this.#next('succession')}"${CARRIES.succession}":${json}}`);
  }

  /**
   * To be called now and then: once the client reads again after a drop, an empty snapshot shows it the gap, which
   * it would otherwise notice only at the next change.
   */
  showGap(): void {
    if (this.#dropped && !this.#isFull) this.snapshot([]);
  }

  get #isFull(): boolean {
    return this.#sink.bufferedAmount > this.#backlogBytes;
  }

  /** Counts one that is sent. @returns how it begins */
  #next(type: string): string {
    this.#seq += 1;
    this.#dropped = false;
    this.#metrics.pushed(type, true);
    return `{"type":"${type}","epoch":${this.#epochJson},"seq":${this.#seq},`;
  }
}
