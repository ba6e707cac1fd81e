import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { nearbyKey } from '@p2p-chat/protocol/nearby';
import type { Log, Random } from './ports.ts';
import { type HistoryStore, StorageError } from './storage-ports.ts';

export interface OwnNearbyKeyParts {
  readonly history: Pick<HistoryStore, 'setting' | 'setSetting'>;
  readonly identity: Fingerprint;
  readonly random: Random;
  readonly log: Log;
}

/** What contacts recognise this person's announcements by in local networks: made when it is first needed, and kept. */
export class OwnNearbyKey {
  readonly #parts: OwnNearbyKeyParts;
  #value: string | null = null;

  /** Another identity of the same person has a key of its own: nobody shall know both by one. */
  constructor(parts: OwnNearbyKeyParts) {
    this.#parts = parts;
  }

  get value(): string {
    this.#value ??= this.#stored ?? this.#make();
    return this.#value;
  }

  /** Whoever knew the key until now recognises nothing any longer. */
  replace(): void {
    this.#value = this.#make();
  }

  get #name(): string {
    return `nearby key ${this.#parts.identity}`;
  }

  get #stored(): string | null {
    return nearbyKey.safeParse(this.#parts.history.setting(this.#name)).data ?? null;
  }

  #make(): string {
    const { history, random, log } = this.#parts;
    const key = random.uuid();
    try {
      history.setSetting(this.#name, key);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      log('error', `The key for local networks could not be stored: ${error.message}`);
    }
    return key;
  }
}
