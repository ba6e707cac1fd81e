import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import * as z from 'zod/mini';
import { timestamp } from '@p2p-chat/protocol/envelope';
import { nameKey, userName } from '@p2p-chat/protocol/names';
import { RESERVATION_MS } from './limits.ts';

/** A name that is kept for whoever has its code. */
export const reservation = z.object({
  name: userName,
  /** SHA-256 of the code, hexadecimal. */
  codeHash: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  /** Milliseconds since 1970. */
  until: timestamp,
});
export type Reservation = Readonly<z.infer<typeof reservation>>;

/** Where reservations are kept over a restart. */
export interface ReservationStore {
  load(): Promise<readonly Reservation[]>;
  /** Resolves once these, and no others, survive the loss of power. */
  save(reservations: readonly Reservation[]): Promise<void>;
}

/** Without letters and digits that look alike. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';

/**
 * Names whose owner lost the identity, and to whom the operator gave a code: whoever registers with it has the name
 * again, with another identity. Until then, or until the time is over, nobody else gets it.
 */
export class Reservations {
  readonly #store: ReservationStore;
  readonly #now: () => number;
  readonly #byKey = new Map<string, Reservation>();

  private constructor(store: ReservationStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** @param now milliseconds since 1970 */
  static async open(store: ReservationStore, now: () => number): Promise<Reservations> {
    const all = new Reservations(store, now);
    for (const found of await store.load()) all.#byKey.set(nameKey(found.name), found);
    return all;
  }

  /** Reads them anew: another instance has changed them. */
  async reload(): Promise<void> {
    const found = await this.#store.load();
    this.#byKey.clear();
    for (const each of found) this.#byKey.set(nameKey(each.name), each);
  }

  /** Those whose time is not over. */
  list(): readonly Reservation[] {
    return [...this.#byKey.values()].filter(({ until }) => until > this.#now());
  }

  /** What keeps this name, or one that looks like it. */
  of(name: string): Reservation | undefined {
    const found = this.#byKey.get(nameKey(name));
    return found !== undefined && found.until > this.#now() ? found : undefined;
  }

  /** Whether this is the code that the name is kept for. */
  accepts(name: string, code: string | undefined): boolean {
    const found = this.of(name);
    if (found === undefined || code === undefined) return false;
    return timingSafeEqual(Buffer.from(hashOf(code), 'hex'), Buffer.from(found.codeHash, 'hex'));
  }

  /** Keeps a name, in place of what kept it before. @returns the code, which is nowhere else */
  async reserve(name: string): Promise<{ code: string; until: number }> {
    const code = newCode();
    const until = this.#now() + RESERVATION_MS;
    await this.#change((kept) => kept.set(nameKey(name), { name, codeHash: hashOf(code), until }));
    return { code, until };
  }

  /** Keeps it no more. @returns whether it was kept */
  async release(name: string): Promise<boolean> {
    if (this.of(name) === undefined) return false;
    await this.#change((kept) => kept.delete(nameKey(name)));
    return true;
  }

  /** What could not be stored is not so here either. */
  async #change(change: (kept: Map<string, Reservation>) => void): Promise<void> {
    const before = new Map(this.#byKey);
    for (const [key, { until }] of before) if (until <= this.#now()) this.#byKey.delete(key);
    change(this.#byKey);
    try {
      await this.#store.save([...this.#byKey.values()]);
    } catch (error) {
      this.#byKey.clear();
      for (const [key, kept] of before) this.#byKey.set(key, kept);
      throw error;
    }
  }
}

/** For a server whose accounts are in memory too. */
export const forgottenReservations: ReservationStore = {
  load: () => Promise.resolve([]),
  save: () => Promise.resolve(),
};

/** Sixty bits in three groups that can be read out; each byte below 248 is a letter or digit. */
function newCode(): string {
  let text = '';
  while (text.length < 12) {
    for (const byte of randomBytes(16)) if (byte < 248) text += ALPHABET[byte % ALPHABET.length] ?? '';
  }
  return [text.slice(0, 4), text.slice(4, 8), text.slice(8, 12)].join('-');
}

/** As people type it: without regard to case, spaces and dashes. */
function hashOf(code: string): string {
  return createHash('sha256').update(code.toLowerCase().replace(/[\s-]/g, '')).digest('hex');
}
