import * as z from 'zod';
import { fingerprint } from '@p2p-chat/protocol/fingerprint';
import { userName } from '@p2p-chat/protocol/names';
import type { HistoryStore } from '../core/ports.ts';
import type { KnownServer, KnownServers } from '../net/server-trust.ts';

const knownServer = z.discriminatedUnion('by', [
  z.object({ by: z.literal('authority') }),
  z.object({ by: z.literal('person'), key: fingerprint }),
  z.object({ by: z.literal('invite'), key: fingerprint }),
]);

/** What the peer keeps of itself between two runs, in the history's file. Throws StorageError. */
export class Remembered implements KnownServers {
  readonly #history: Pick<HistoryStore, 'setting' | 'setSetting'>;

  constructor(history: Pick<HistoryStore, 'setting' | 'setSetting'>) {
    this.#history = history;
  }

  /** The port that was listened on last; 0 before the first time. */
  get port(): number {
    return z.coerce
      .number()
      .int()
      .min(0)
      .max(65_535)
      .catch(0)
      .parse(this.#history.setting('listen.port') ?? 0);
  }

  set port(port: number) {
    this.#history.setSetting('listen.port', String(port));
  }

  /** The origin of the server that was used last. */
  get server(): string | null {
    return nonEmpty(this.#history.setting('server'));
  }

  /** This person's name on a server. */
  account(origin: string): string | null {
    const name = nonEmpty(this.#history.setting(`account ${origin}`));
    return userName.safeParse(name).data ?? null;
  }

  /** The account exists and is the one used last. */
  setAccount(origin: string, name: string): void {
    if (this.account(origin) !== name) this.#history.setSetting(`account ${origin}`, name);
    if (this.server !== origin) this.#history.setSetting('server', origin);
  }

  forgetAccount(origin: string): void {
    this.#history.setSetting(`account ${origin}`, '');
  }

  find(origin: string): KnownServer | null {
    const text = nonEmpty(this.#history.setting(`server key ${origin}`));
    if (text === null) return null;
    try {
      return knownServer.parse(JSON.parse(text));
    } catch {
      // As on the first day: the person is asked.
      return null;
    }
  }

  remember(origin: string, known: KnownServer): void {
    this.#history.setSetting(`server key ${origin}`, JSON.stringify(known));
  }
}

function nonEmpty(text: string | null): string | null {
  return text === '' ? null : text;
}
