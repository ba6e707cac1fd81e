import type { WebSocket } from 'ws';
import { RelayClose } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { RELAY_WAIT_MS } from '@p2p-chat/protocol/limits';
import type { Clock } from '../clock.ts';
import { type Deferred, deferred } from '../deferred.ts';
import { BUSY_RETRY_SECONDS, CLOSE_GRACE_MS, RELAY_TICK_MS, type ServerLimits } from '../limits.ts';
import type { Metrics, RelayState } from '../metrics.ts';
import type { Randomness } from '../randomness.ts';
import { tooMany } from '../refusal.ts';
import { AddressTally, Tally } from '../tally.ts';
import { Pair } from './pair.ts';
import { TokenBucket } from './token-bucket.ts';

export interface RelayParts {
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly limits: Pick<
    ServerLimits,
    'relays' | 'relaysPerAccount' | 'relaysPerAddress' | 'relayBytesPerSecond'
  >;
  readonly metrics: Pick<Metrics, 'relayEnded'>;
  /** Whether an identity has an account. */
  readonly isMember: (identity: Fingerprint) => boolean;
}

/** What lets one of the two into a pair. */
interface Seat {
  readonly pair: Pair;
  readonly identity: Fingerprint;
}

/** What is known of a pair. */
interface Invited {
  /** When whoever waits for the other has waited for long enough. */
  readonly deadline: number;
  readonly identities: readonly [Fingerprint, Fingerprint];
}

/**
 * Joins two clients who cannot reach each other. It lets in the two that it gave tickets to, each once, and carries bytes
 * of which it understands nothing: what they are is TLS between the two.
 */
export class Relay {
  readonly #parts: RelayParts;
  readonly #seats = new Map<string, Seat>();
  readonly #pairs = new Map<Pair, Invited>();
  readonly #byAccount = new Tally();
  readonly #byAddress = new AddressTally();
  readonly #buckets = new Map<Fingerprint, TokenBucket>();
  #stopTicking: (() => void) | undefined;
  #emptied: Deferred | undefined;
  #bytes = 0;
  #throttles = 0;

  constructor(parts: RelayParts) {
    this.#parts = parts;
  }

  /** What is so now, and what was carried. */
  get state(): RelayState {
    let joined = 0;
    for (const { isJoined } of this.#pairs.keys()) if (isJoined) joined += 1;
    return { joined, waiting: this.#pairs.size - joined, bytes: this.#bytes, throttles: this.#throttles };
  }

  /**
   * A pair for these two. It counts as the first one's.
   * @param address of the first one, as addressGroup names it
   * @returns the ticket of each
   * @throws {Refusal} too-many
   */
  invite(
    identity: Fingerprint,
    other: Fingerprint,
    address: string,
  ): { readonly own: string; readonly others: string } {
    const { limits, randomness } = this.#parts;
    if (this.#pairs.size >= limits.relays || this.#emptied !== undefined) throw tooMany(BUSY_RETRY_SECONDS);
    const leave = this.#byAccount.add(identity, limits.relaysPerAccount);
    const leaveAddress = leave && this.#byAddress.add(address, limits.relaysPerAddress);
    if (leaveAddress === undefined) {
      leave?.();
      throw tooMany(BUSY_RETRY_SECONDS);
    }
    const [others, own] = [randomness.ticket(), randomness.ticket()];
    const pair: Pair = new Pair({
      at: () => this.#at,
      bucketOf: (of) => this.#bucketOf(of),
      carried: (bytes) => void (this.#bytes += bytes),
      throttled: () => {
        this.#throttles += 1;
        this.#tick();
      },
      ending: (code) => this.#parts.metrics.relayEnded(code),
      gone: () => {
        leave?.();
        leaveAddress();
        this.#pairs.delete(pair);
        for (const ticket of [own, others]) this.#seats.delete(ticket);
        if (this.#pairs.size === 0) this.#emptied?.resolve();
      },
    });
    this.#pairs.set(pair, { deadline: this.#at + RELAY_WAIT_MS, identities: [identity, other] });
    this.#seats.set(own, { pair, identity });
    this.#seats.set(others, { pair, identity: other });
    return { own, others };
  }

  /**
   * Takes a ticket, which is good for nothing from then on.
   * @returns what takes the WebSocket of whoever had it; undefined when it lets nobody in
   */
  admit(ticket: string): ((socket: WebSocket) => void) | undefined {
    const seat = this.#seats.get(ticket);
    if (seat === undefined) return undefined;
    this.#seats.delete(ticket);
    return (socket) => seat.pair.join(socket, seat.identity);
  }

  /** To be called every second. */
  beat(): void {
    const at = this.#at;
    for (const [pair, { deadline, identities }] of this.#pairs) {
      if (!pair.isJoined && at >= deadline)
        pair.close(RelayClose.nobodyCame, 'the other client did not come');
      if (!identities.every((identity) => this.#parts.isMember(identity)))
        pair.close(RelayClose.ended, 'an account of the two is no more');
      pair.beat();
    }
    for (const [identity, bucket] of this.#buckets) if (bucket.isFull(at)) this.#buckets.delete(identity);
  }

  /** Ends all pairs; resolves when none is left. */
  async stop(): Promise<void> {
    this.#stopTicking?.();
    if (this.#pairs.size === 0) return;
    this.#emptied = deferred();
    for (const pair of [...this.#pairs.keys()]) pair.close(RelayClose.goingAway, 'the server stops');
    const stopTimer = this.#parts.clock.every(CLOSE_GRACE_MS, () => {
      for (const pair of this.#pairs.keys()) pair.cut();
    });
    if (this.#pairs.size > 0) await this.#emptied.promise;
    stopTimer();
  }

  get #at(): number {
    return this.#parts.clock.elapsed();
  }

  #bucketOf(identity: Fingerprint): TokenBucket {
    const perSecond = this.#parts.limits.relayBytesPerSecond;
    const bucket =
      this.#buckets.get(identity) ?? new TokenBucket({ perSecond, burst: 2 * perSecond }, this.#at);
    this.#buckets.set(identity, bucket);
    return bucket;
  }

  /** Looks often for as long as somebody waits for their bucket. */
  #tick(): void {
    this.#stopTicking ??= this.#parts.clock.every(RELAY_TICK_MS, () => {
      const isWaiting = [...this.#pairs.keys()].filter((pair) => pair.refill()).length > 0;
      if (isWaiting) return;
      this.#stopTicking?.();
      this.#stopTicking = undefined;
    });
  }
}
