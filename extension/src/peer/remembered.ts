import * as z from 'zod/mini';
import { fingerprint, type Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { nameKey, userName } from '@p2p-chat/protocol/names';
import type { HistoryStore } from '../core/storage-ports.ts';
import type { KnownServer, KnownServers } from '../net/server-trust.ts';

const knownServer = z.discriminatedUnion('by', [
  z.object({ by: z.literal('authority'), seen: fingerprint }),
  z.object({ by: z.literal('person'), key: fingerprint }),
  z.object({ by: z.literal('invite'), key: fingerprint }),
]);

/** An account, and whose it is: somebody who imports another identity is not who they were there. */
const keptAccount = z.object({ name: userName, identity: fingerprint });

/** As it is kept: a text. */
const keptPort = z.catch(z.coerce.number().check(z.int(), z.gte(0), z.lte(65_535)), 0);

/** What the peer keeps of itself between two runs, in the history's file. Throws StorageError. */
export class Remembered implements KnownServers {
  readonly #history: Pick<HistoryStore, 'setting' | 'setSetting'>;
  readonly #identity: Fingerprint;
  readonly #formerIdentities: readonly Fingerprint[];

  /**
   * @param identity whose accounts these are
   * @param formerIdentities whose accounts are handed on to it: verified
   */
  constructor(
    history: Pick<HistoryStore, 'setting' | 'setSetting'>,
    identity: Fingerprint,
    formerIdentities: readonly Fingerprint[],
  ) {
    this.#history = history;
    this.#identity = identity;
    this.#formerIdentities = formerIdentities;
  }

  /** The port that was listened on last; 0 before the first time. */
  get port(): number {
    return keptPort.parse(this.#history.setting('listen.port') ?? 0);
  }

  set port(port: number) {
    this.#history.setSetting('listen.port', String(port));
  }

  /** The origin of the server that was used last. */
  get server(): string | null {
    return nonEmpty(this.#history.setting('server'));
  }

  /** The name of this identity, or of one that it followed on, on a server. */
  account(origin: string): string | null {
    const account = this.#kept(origin);
    return account !== null && this.#isOwn(account) ? account.name : null;
  }

  /** The name on a server of an identity that was here, and whose key is not; null when there was none. */
  lostAccount(origin: string): string | null {
    const account = this.#kept(origin);
    return account === null || this.#isOwn(account) ? null : account.name;
  }

  /** The account exists and is the one used last. */
  setAccount(origin: string, name: string): void {
    const account = JSON.stringify({ name, identity: this.#identity } satisfies z.infer<typeof keptAccount>);
    const key = `account ${origin}`;
    if (this.#history.setting(key) !== account) this.#history.setSetting(key, account);
    if (this.server !== origin) this.#history.setSetting('server', origin);
  }

  forgetAccount(origin: string): void {
    this.#history.setSetting(`account ${origin}`, '');
  }

  /** Whether an account of this name was used last on a server, which this identity signs in to if at all. */
  isKept(origin: string, name: string): boolean {
    const account = this.#kept(origin);
    // Of one that was handed on the server hears by registering.
    if (account === null || this.#formerIdentities.includes(account.identity)) return false;
    return nameKey(account.name) === nameKey(name);
  }

  #kept(origin: string): z.infer<typeof keptAccount> | null {
    return parsed(keptAccount, this.#history.setting(`account ${origin}`));
  }

  #isOwn({ identity }: z.infer<typeof keptAccount>): boolean {
    return [this.#identity, ...this.#formerIdentities].includes(identity);
  }

  find(origin: string): KnownServer | null {
    return parsed(knownServer, this.#history.setting(`server key ${origin}`));
  }

  remember(origin: string, known: KnownServer): void {
    this.#history.setSetting(`server key ${origin}`, JSON.stringify(known));
  }
}

/** What cannot be read is as on the first day: the person is asked, or the server is. */
function parsed<Schema extends z.ZodMiniType>(schema: Schema, text: string | null): z.output<Schema> | null {
  if (text === null || text === '') return null;
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function nonEmpty(text: string | null): string | null {
  return text === '' ? null : text;
}
