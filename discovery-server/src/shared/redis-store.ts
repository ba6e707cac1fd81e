import * as z from 'zod/mini';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { nameKey } from '@p2p-chat/protocol/names';
import { decodeJson } from '@p2p-chat/protocol/text';
import { messageOf } from '../errors.ts';
import {
  type Account,
  account as accountSchema,
  type AccountStore,
  earlierIdentities,
  IdentityRegisteredError,
  IdentityReplacedError,
  NameTakenError,
  NoAccountError,
  StoreFailedError,
  StoreFullError,
  type Traces,
} from '../store/account-store.ts';
import { ADD, REMOVE, RENAME, REPLACE, RESTORE, TOUCH } from './account-scripts.ts';
import type { AccountChange } from './changes.ts';
import type { Script, SharedRedis } from './redis.ts';

const answer = z.tuple([z.string()], z.string());
const pairs = z.tuple([z.string(), z.array(z.string())]);
const kept = z.pick(accountSchema, { registeredAt: true, successions: true });

/** How many accounts are read in one go: Redis does nothing else meanwhile. */
const AT_ONCE = 1_000;

/**
 * Accounts in Redis, for any number of instances. What counts as durable is up to how Redis is set up: see
 * docs/operations.md. Closing it leaves the connection to whoever opened that.
 */
export class RedisStore implements AccountStore {
  readonly #redis: SharedRedis;
  readonly #maxAccounts: number;
  #closed = false;

  constructor(redis: SharedRedis, maxAccounts: number) {
    this.#redis = redis;
    this.#maxAccounts = maxAccounts;
  }

  async accounts(): Promise<readonly Account[]> {
    return this.#failing(async () => {
      const { accounts, seen, devices } = this.#redis.keys;
      const lastSeen = await this.#all(seen);
      const device = await this.#all(devices);
      const all: Account[] = [];
      for (const [identity, text] of await this.#all(accounts)) {
        all.push(accountOf(identity, text, lastSeen.get(identity), device.get(identity)));
      }
      return all;
    });
  }

  async add(account: Account): Promise<'added' | 'existing'> {
    const word = await this.#change(ADD, { do: 'add', account }, argumentsOf(account), account.name);
    return word === 'done' ? 'added' : 'existing';
  }

  /** Keeps an account as it was elsewhere, whatever its name looks like: for a directory that is empty otherwise. */
  async restore(account: Account): Promise<void> {
    await this.#change(RESTORE, { do: 'add', account }, argumentsOf(account), account.name);
  }

  async rename(identity: Fingerprint, name: string): Promise<'renamed' | 'existing'> {
    const args = [identity, name, nameKey(name)];
    const word = await this.#change(RENAME, { do: 'rename', identity, name }, args, name);
    if (word === 'none') throw new NoAccountError();
    return word === 'done' ? 'renamed' : 'existing';
  }

  async remove(identity: Fingerprint): Promise<'removed' | 'unknown'> {
    const word = await this.#change(REMOVE, { do: 'remove', identity }, [identity]);
    return word === 'done' ? 'removed' : 'unknown';
  }

  async replace(from: Fingerprint, to: Account): Promise<'replaced' | 'existing'> {
    const args = [from, ...argumentsOf(to)];
    const word = await this.#change(REPLACE, { do: 'replace', from, account: to }, args, to.name);
    if (word === 'none') throw new NoAccountError();
    return word === 'done' ? 'replaced' : 'existing';
  }

  async touch(identity: Fingerprint, traces: Traces): Promise<void> {
    const args = [identity, String(traces.lastSeen ?? ''), traces.device ?? ''];
    await this.#change(TOUCH, { do: 'touch', identity, traces }, args);
  }

  async close(): Promise<void> {
    await Promise.resolve();
    this.#closed = true;
  }

  /** Whether an identity has an account. @throws {StoreFailedError} */
  async has(identity: Fingerprint): Promise<boolean> {
    const { accounts } = this.#redis.keys;
    return this.#failing(async () => (await this.#redis.command('HEXISTS', accounts, identity)) === 1);
  }

  /** Whether there is no account. @throws {StoreFailedError} */
  async isEmpty(): Promise<boolean> {
    const { accounts } = this.#redis.keys;
    return this.#failing(async () => (await this.#redis.command('EXISTS', accounts)) === 0);
  }

  async #change(
    script: Script,
    change: AccountChange,
    args: readonly string[],
    wanted = '',
  ): Promise<string> {
    const { keys, publish } = this.#redis;
    const places = [keys.accounts, keys.names, keys.heirs, keys.seen, keys.devices, keys.log];
    const common = [publish, keys.logged, this.#maxAccounts, JSON.stringify(change)];
    const [word, name = ''] = await this.#failing(async () =>
      answer.parse(await this.#redis.run(script, places, [...common, ...args])),
    );
    if (word === 'taken') throw new NameTakenError(wanted);
    if (word === 'registered') throw new IdentityRegisteredError(name);
    if (word === 'replaced') throw new IdentityReplacedError(name);
    if (word === 'full') {
      throw new StoreFullError(`this directory is full: it is made for ${this.#maxAccounts} accounts`);
    }
    return word;
  }

  /** A whole hash, in pieces: changes meanwhile may be in it or not. */
  async #all(key: string): Promise<Map<string, string>> {
    const all = new Map<string, string>();
    let cursor = '0';
    do {
      const [next, found] = pairs.parse(await this.#redis.command('HSCAN', key, cursor, 'COUNT', AT_ONCE));
      for (let place = 0; place < found.length; place += 2)
        all.set(found[place] ?? '', found[place + 1] ?? '');
      cursor = next;
    } while (cursor !== '0');
    return all;
  }

  async #failing<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#closed) throw new StoreFailedError('the store is closed');
    try {
      return await work();
    } catch (cause) {
      throw new StoreFailedError(`Redis: ${messageOf(cause)}`, { cause });
    }
  }
}

/** An account as Redis has it: see account-scripts.ts. */
function accountOf(
  identity: string,
  text: string,
  lastSeen: string | undefined,
  device: string | undefined,
): Account {
  const [name, , , rest = ''] = text.split('\n');
  return accountSchema.parse({
    identity,
    name,
    ...decodeJson(kept, rest),
    lastSeen: lastSeen === undefined ? null : Number(lastSeen),
    ...(device === undefined ? {} : { device }),
  });
}

function argumentsOf(account: Account): string[] {
  const { identity, name, registeredAt, successions, lastSeen, device = '' } = account;
  const rest = JSON.stringify({ registeredAt, successions });
  const earlier = earlierIdentities(account).join(' ');
  return [identity, name, nameKey(name), earlier, rest, String(lastSeen ?? ''), device];
}
