/** Where a push stands: `next` in order, `gap` after missed ones, `stale` seen before, `foreign` of another stream. */
export type PushPlace = 'next' | 'gap' | 'stale' | 'foreign';

/** Checks that no push of one stream is missed. */
export class PushOrder {
  readonly #epoch: string;
  #last = 0;

  constructor(epoch: string) {
    this.#epoch = epoch;
  }

  /** Takes the next push and says where it stands. */
  take(epoch: string, seq: number): PushPlace {
    if (epoch !== this.#epoch) return 'foreign';
    if (seq <= this.#last) return 'stale';
    const place = seq === this.#last + 1 ? 'next' : 'gap';
    this.#last = seq;
    return place;
  }
}
