import { setImmediate } from 'node:timers/promises';
import type { Logger } from 'pino';
import * as z from 'zod/mini';
import { SessionClose } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { decodeJson, MalformedError } from '@p2p-chat/protocol/text';
import type { Here } from '../others.ts';
import { type Account, earlierIdentities } from '../store/account-store.ts';
import { accountChange, type AccountChange } from './changes.ts';
import { script, type SharedRedis } from './redis.ts';
import type { RedisStore } from './redis-store.ts';

/** KEYS: log. ARGV: the last entry that was read. `gap` where that is not there any more. */
const READ = script(`
if ARGV[1] ~= '0-0' and #redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1]) == 0 then return {'gap'} end
local found = redis.call('XREAD', 'COUNT', 500, 'STREAMS', KEYS[1], ARGV[1])
return {'ok', found and found[1][2] or {}}`);

const entry = z.tuple([z.string(), z.tuple([z.literal('c'), z.string()])]);
const readAnswer = z.union([z.tuple([z.literal('gap')]), z.tuple([z.literal('ok'), z.array(entry)])]);

/** How many accounts are compared in one turn. */
const AT_ONCE = 500;

/** Redis had accounts, and has none: whoever went by that would tell everybody that their contacts are gone. */
class AccountsLostError extends Error {
  override readonly name = 'AccountsLostError';
}

/** Keeps the directory of this instance as the accounts in Redis are, by the stream of their changes. */
export class AccountLog {
  readonly #redis: SharedRedis;
  readonly #store: RedisStore;
  readonly #here: Here;
  readonly #logger: Logger;
  #last = '0-0';
  #running: Promise<void> | undefined;
  #queued: Promise<void> | undefined;
  #isLost = false;

  constructor(redis: SharedRedis, store: RedisStore, here: Here, logger: Logger) {
    this.#redis = redis;
    this.#store = store;
    this.#here = here;
    this.#logger = logger;
  }

  /** Whether Redis has lost the accounts. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Everything as of now: for the start, and where the stream has a gap. */
  async load(): Promise<void> {
    const found = z
      .array(entry)
      .parse(await this.#redis.command('XREVRANGE', this.#redis.keys.log, '+', '-', 'COUNT', 1));
    const accounts = await this.#store.accounts();
    const known = [...this.#here.accounts()];
    this.#isLost = accounts.length === 0 && known.length > 0;
    if (this.#isLost) throw new AccountsLostError('Redis has no accounts any more');
    this.#last = found[0]?.[0] ?? '0-0';
    if (known.length === 0) this.#here.loaded(accounts);
    else await this.#compare(known, accounts);
  }

  /** Resolves once every change that was acknowledged before this call is known here. */
  settled(): Promise<void> {
    if (this.#running === undefined) {
      this.#running = this.#read().finally(() => (this.#running = undefined));
      return this.#running;
    }
    // The one that runs may have looked before. All who ask meanwhile wait for the same next one.
    this.#queued ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#queued = undefined;
        return this.settled();
      });
    return this.#queued;
  }

  async #read(): Promise<void> {
    for (;;) {
      const said = await this.#redis.run(READ, [this.#redis.keys.log], [this.#last]);
      const [word, entries] = readAnswer.parse(said);
      if (word === 'gap') {
        this.#logger.warn('changes of accounts were missed: reading all accounts anew');
        await this.load();
        continue;
      }
      if (entries.length === 0) return;
      // Whoever made a change here goes first: the answer to that was read before this one.
      await setImmediate();
      for (const [id, [, text]] of entries) {
        this.#last = id;
        this.#apply(text);
      }
    }
  }

  #apply(text: string): void {
    try {
      this.#happened(decodeJson(accountChange, text));
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.#logger.warn(`a change of an account is of another version: ${error.message}`);
    }
  }

  /** What is so already is left: this instance made the change itself. */
  #happened(change: AccountChange): void {
    const here = this.#here;
    if (change.do === 'reserve') here.reserved();
    else if (change.do === 'add') this.#is(change.account);
    else if (change.do === 'touch') here.touched(change.identity, change.traces);
    else if (change.do === 'replace') here.handedOn(change.from, change.account);
    else if (change.do === 'remove') here.removed(change.identity);
    else this.#isCalled(change.identity, change.name);
  }

  #is(account: Account): void {
    const known = this.#here.account(account.identity);
    if (known === undefined) this.#here.registered(account);
    else this.#isCalled(account.identity, account.name);
  }

  /** Whoever did that here was told already. */
  #isCalled(identity: Fingerprint, name: string): void {
    if (this.#here.account(identity)?.name === name) return;
    this.#here.renamed(identity, name);
    this.#here.endSession(identity, SessionClose.renamed, `this account is called ${name} now`);
  }

  async #compare(known: readonly Account[], accounts: readonly Account[]): Promise<void> {
    const now = new Map(accounts.map((account) => [account.identity, account]));
    const heirs = new Map<Fingerprint, Account>();
    for (const account of accounts) {
      for (const earlier of earlierIdentities(account)) heirs.set(earlier, account);
    }
    for (const { identity } of known) {
      if (now.has(identity)) continue;
      const heir = heirs.get(identity);
      if (heir !== undefined) this.#here.handedOn(identity, heir);
      // It may have come while all were being read.
      else if (!(await this.#store.has(identity))) this.#here.removed(identity);
    }
    for (const [place, account] of accounts.entries()) {
      // Those who are connected are heard meanwhile.
      if (place % AT_ONCE === 0) await setImmediate();
      this.#is(account);
      const { lastSeen, device } = account;
      this.#here.touched(account.identity, { lastSeen, ...(device === undefined ? {} : { device }) });
    }
  }
}
