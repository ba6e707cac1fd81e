import type { Logger } from 'pino';
import * as z from 'zod/mini';
import { type Call, serverFrame } from '@p2p-chat/protocol/discovery';
import { fingerprint, type Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { decodeJson } from '@p2p-chat/protocol/text';
import {
  PRESENCE_AT_ONCE,
  PRESENCE_GRACE_MS,
  PRESENCE_HOLDS_MS,
  PRESENCE_UNSWEPT_MS,
  REDIS_SILENCE_MS,
} from '../limits.ts';
import type { Here, Others, UserElsewhere, UserHere } from '../others.ts';
import type { Moment } from '../presence.ts';
import { Refusal } from '../refusal.ts';
import type { Feature } from '../roster.ts';
import { AccountLog } from './account-log.ts';
import { BUCKET_DIGITS } from './keys.ts';
import { OwnPresence } from './own-presence.ts';
import { Pictures } from './pictures.ts';
import { SWEEP } from './presence-scripts.ts';
import { RedisClock } from './redis-clock.ts';
import type { SharedRedis } from './redis.ts';
import type { RedisStore } from './redis-store.ts';

/** What is said to one instance. */
const toInstance = z.discriminatedUnion('do', [
  z.object({ do: z.enum(['replaced', 'lost']), identity: fingerprint, session: z.string() }),
  z.object({ do: z.literal('call'), identity: fingerprint, call: serverFrame }),
]);

/** How many are online, how many were taken out, and Redis's time. */
const sweepAnswer = z.tuple([z.int(), z.int(), z.int()]);

export interface InstancesParts {
  readonly redis: SharedRedis;
  readonly store: RedisStore;
  /** Of this instance: no other has it, also not an earlier one. */
  readonly instance: string;
  readonly moment: () => Moment;
  readonly logger: Logger;
}

/** The other instances, by way of Redis. */
export class Instances implements Others {
  readonly #parts: InstancesParts;
  readonly #here: Here;
  readonly #log: AccountLog;
  readonly #own: OwnPresence;
  readonly #pictures: Pictures;
  readonly #clock = new RedisClock();
  #online = 0;
  #heardAt: number;
  /** When all pictures are to be looked at again. */
  #lookAgainAt: number | undefined;
  #isLookingAgain = false;
  #isSweeping = false;
  /** Looks in a row that did not get an answer. */
  #unanswered = 0;
  #stopped = false;

  constructor(parts: InstancesParts, here: Here) {
    const { redis, store, logger, moment } = parts;
    this.#parts = parts;
    this.#here = here;
    this.#heardAt = moment().at;
    this.#log = new AccountLog(redis, store, here, logger);
    this.#own = new OwnPresence({ ...parts, here, redisTime: () => this.#clock.now(moment().wall) });
    this.#pictures = new Pictures(redis, here, logger);
    redis.listen(
      (channel, text) => this.#heard(channel, text),
      () => this.#mayHaveMissed(),
    );
  }

  /** Loads the accounts, and hears what happens from now on. @throws {Error} Redis is away */
  async start(): Promise<void> {
    const { redis, instance } = this.#parts;
    await redis.subscribe([redis.keys.logged, redis.keys.instance(instance)]);
    await this.#log.load();
    await this.#sweep();
  }

  get online(): number {
    return this.#online;
  }

  get obstacle(): string | undefined {
    if (this.#log.isLost) return 'the accounts are not in Redis any more';
    return this.#parts.redis.isUp ? undefined : 'Redis cannot be reached';
  }

  picture(identity: Fingerprint): UserElsewhere | null | undefined {
    const online = this.#pictures.of(identity);
    if (online === undefined) return this.#pictures.isOffline(identity) ? null : undefined;
    // Whoever is shown online was renewed a moment ago.
    return { ...online, seen: this.#parts.moment() };
  }

  isUnknown(identity: Fingerprint): boolean {
    return this.#pictures.isUnknown(identity);
  }

  takes(identity: Fingerprint, what: Feature): boolean {
    return this.#pictures.of(identity)?.takes.includes(what) === true;
  }

  call(identity: Fingerprint, call: Call): void {
    const session = this.#pictures.of(identity)?.session;
    if (session === undefined) return;
    const { redis, logger } = this.#parts;
    const channel = redis.keys.instance(session.slice(0, session.indexOf(':')));
    const message: z.input<typeof toInstance> = { do: 'call', identity, call };
    redis.command(redis.publish, channel, JSON.stringify(message)).catch((error: unknown) => {
      logger.debug({ err: error }, 'somebody could not be called');
    });
  }

  async look(identities: readonly Fingerprint[]): Promise<void> {
    await this.#asking(this.#pictures.look(identities));
  }

  async follow(identities: readonly Fingerprint[]): Promise<void> {
    try {
      const isAll = await this.#pictures.follow(identities);
      if (!isAll) this.#lookAgainAt ??= this.#parts.moment().at + PRESENCE_GRACE_MS;
    } catch (error) {
      // They are told of whom something is known, and of the others once Redis is there.
      this.#parts.logger.debug({ err: error }, 'whom somebody watches could not be looked at');
      this.#lookAgainAt ??= 0;
    }
  }

  async settled(): Promise<void> {
    await this.#asking(this.#log.settled());
  }

  came(user: UserHere): void {
    this.#own.came(user);
  }

  went(identity: Fingerprint, lastSeen: number): void {
    this.#own.went(identity, lastSeen);
  }

  beat(now: Moment): void {
    const { redis, logger } = this.#parts;
    if (this.#stopped) return;
    this.#pictures.beat(now.at);
    // Without Redis each would be refused, thousands of times a second.
    if (redis.isUp) this.#own.beat(now);
    this.#sweep().catch((error: unknown) =>
      logger.debug({ err: error }, 'Redis could not be asked who is over'),
    );
    this.#log.settled().catch((error: unknown) => logger.debug({ err: error }, 'changes could not be read'));
    if (redis.isUp && now.at - this.#heardAt >= REDIS_SILENCE_MS && this.#unanswered === 0) {
      this.#heardAt = now.at;
      redis.renewSubscriber();
    }
    if (this.#lookAgainAt !== undefined && now.at >= this.#lookAgainAt) this.#lookAgain(now.at);
  }

  async stop(): Promise<void> {
    await Promise.resolve();
    this.#stopped = true;
    this.#parts.redis.close();
  }

  #heard(channel: string, text: string): void {
    const { redis, instance, logger, moment } = this.#parts;
    if (channel === redis.keys.instance(instance)) {
      this.#heardAt = moment().at;
      if (text !== '.') this.#told(text);
    } else if (channel === redis.keys.logged) {
      this.#log
        .settled()
        .catch((error: unknown) => logger.debug({ err: error }, 'changes could not be read'));
    } else if (this.#pictures.isBucket(channel)) this.#pictures.heard(text);
  }

  #told(text: string): void {
    try {
      const message = decodeJson(toInstance, text);
      if (message.do !== 'call') this.#own.taken(message.identity, message.session, message.do);
      else if (message.call.type === 'dial-back' || message.call.type === 'relay') {
        this.#here.called(message.identity, message.call);
      }
    } catch (error) {
      this.#parts.logger.warn({ err: error }, 'a message of another instance is of another version');
    }
  }

  /** The connection for what is published was away. */
  #mayHaveMissed(): void {
    const { at } = this.#parts.moment();
    this.#heardAt = at;
    // Each instance at another moment of the next second.
    this.#lookAgainAt = at + Math.random() * 1_000;
  }

  #lookAgain(at: number): void {
    if (this.#isLookingAgain || !this.#parts.redis.isUp) return;
    this.#isLookingAgain = true;
    this.#lookAgainAt = undefined;
    // Whoever looks first after a pause of Redis sees to it that nobody counts as offline who had no time to say more.
    this.#sweep()
      .then(() => this.#pictures.lookAgain())
      .then(
        (isAll) => {
          if (!isAll) this.#lookAgainAt ??= at + PRESENCE_GRACE_MS;
        },
        (error: unknown) => {
          this.#parts.logger.debug({ err: error }, 'whom somebody watches could not be looked at');
          this.#lookAgainAt ??= at;
        },
      )
      .finally(() => (this.#isLookingAgain = false));
  }

  /** Takes out those who were not renewed, whosever they were. */
  async #sweep(): Promise<void> {
    if (this.#isSweeping || !this.#parts.redis.isUp) return;
    const { redis, instance, moment } = this.#parts;
    const { keys } = redis;
    const places = [keys.online, keys.version, keys.swept, keys.grace, keys.seen, keys.log, keys.accounts];
    const names = [redis.publish, keys.instance(instance), keys.presence(''), keys.bucket(''), BUCKET_DIGITS];
    const times = [PRESENCE_HOLDS_MS, PRESENCE_UNSWEPT_MS, PRESENCE_GRACE_MS, PRESENCE_AT_ONCE];
    this.#isSweeping = true;
    try {
      for (let over = PRESENCE_AT_ONCE; over === PRESENCE_AT_ONCE;) {
        const asked = moment().wall;
        const answer = sweepAnswer.parse(await redis.run(SWEEP, places, [...names, ...times]));
        this.#clock.shown(answer[2], asked, moment().wall);
        [this.#online, over] = answer;
      }
      this.#unanswered = 0;
    } catch (error) {
      this.#unanswered += 1;
      // A connection whose other end is gone without a word.
      if (this.#unanswered % 4 === 0) redis.renewCommands();
      throw error;
    } finally {
      this.#isSweeping = false;
    }
  }

  async #asking(asked: Promise<void>): Promise<void> {
    try {
      await asked;
    } catch (error) {
      this.#parts.logger.debug({ err: error }, 'Redis');
      throw new Refusal('unavailable', 'the server cannot look that up now: try again later');
    }
  }
}
