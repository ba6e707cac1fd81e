import type { Logger } from 'pino';
import * as z from 'zod/mini';
import { OFFERS_DIAL_BACK, OFFERS_RELAY, TAKES_RELAY_ADDRESS } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import {
  CLOCKS_DIFFER_MS,
  PRESENCE_AT_ONCE,
  PRESENCE_HOLDS_MS,
  PRESENCE_KEPT_MS,
  PRESENCE_RENEWED_EVERY_MS,
} from '../limits.ts';
import type { Here, UserHere } from '../others.ts';
import type { Moment } from '../presence.ts';
import { writeTold } from './presence-record.ts';
import { CLAIM, RELEASE, RENEW } from './presence-scripts.ts';
import type { SharedRedis } from './redis.ts';

/** A user who is online here, and how far Redis knows. */
interface Own {
  user: UserHere;
  readonly session: string;
  /** When its client was given what it signed, by Redis's clock: the later one counts. */
  readonly since: number;
  /** Counts what is to be told; and how far that is told. */
  revision: number;
  written: number;
  /** What Redis numbered that with. */
  version: string;
  /** When that was said or renewed, or was last tried. */
  at: number;
  isBusy: boolean;
}

const FEATURES = [OFFERS_DIAL_BACK, OFFERS_RELAY, TAKES_RELAY_ADDRESS] as const;

const word = z.enum(['done', 'none', 'other']);
const claimed = z.union([z.enum(['none', 'other']), z.string().check(z.regex(/^\d+$/))]);

export interface OwnPresenceParts {
  readonly redis: SharedRedis;
  /** Of this instance: no other has it, also not an earlier one. */
  readonly instance: string;
  readonly here: Here;
  readonly moment: () => Moment;
  /** What Redis's clock shows now, milliseconds since 1970. */
  readonly redisTime: () => number;
  readonly logger: Logger;
}

/** Says in Redis who is online at this instance, and again and again until it is not so any more. */
export class OwnPresence {
  readonly #parts: OwnPresenceParts;
  readonly #all = new Map<Fingerprint, Own>();
  #sessions = 0;

  constructor(parts: OwnPresenceParts) {
    this.#parts = parts;
  }

  /** A user has signed in here, or says something else of the device. */
  came(user: UserHere): void {
    const { at } = this.#parts.moment();
    const before = this.#all.get(user.identity);
    if (before?.user.member === user.member) {
      before.user = user;
      before.revision += 1;
      if (!before.isBusy) this.#claim(before);
      return;
    }
    this.#sessions += 1;
    const session = `${this.#parts.instance}:${this.#sessions}`;
    const own: Own = {
      user,
      session,
      // A sign-in may lie here while this process stands still, and its client be at another instance since.
      since: Math.floor(this.#parts.redisTime() - (at - user.member.greetedAt)),
      revision: 1,
      written: 0,
      version: '',
      at,
      isBusy: false,
    };
    this.#all.set(user.identity, own);
    this.#claim(own);
  }

  /** A user is not online here any more. Where Redis cannot be told, the record runs out. */
  went(identity: Fingerprint, lastSeen: number): void {
    const own = this.#all.get(identity);
    if (own === undefined) return;
    this.#all.delete(identity);
    const { redis, logger } = this.#parts;
    const { keys, publish } = redis;
    const places = [keys.presence(identity), keys.online, keys.version, keys.seen, keys.log, keys.accounts];
    redis
      .run(RELEASE, places, [publish, keys.bucket(identity), identity, own.session, Math.floor(lastSeen)])
      .catch((error: unknown) => logger.debug({ err: error }, 'that somebody is offline could not be told'));
  }

  /** Another instance has the user now. @param how whether by a later sign-in, or it cannot be told which is later */
  taken(identity: Fingerprint, session: string, how: 'replaced' | 'lost'): void {
    const own = this.#all.get(identity);
    if (own?.session !== session) return;
    this.#all.delete(identity);
    this.#parts.here[how](identity, own.user.member);
  }

  /**
   * Another session has the user, and this instance was not told when. Its client, if there is one, comes back: whether it
   * may be here is decided then.
   */
  #lost(own: Own): void {
    if (!this.#isCurrent(own)) return;
    const { identity, member } = own.user;
    this.#all.delete(identity);
    this.#parts.here.lost(identity, member);
  }

  /** Says again what has to be. */
  beat({ at, wall }: Moment): void {
    const due: Own[] = [];
    for (const own of this.#all.values()) {
      if (own.isBusy || at - own.at < (own.written === own.revision ? PRESENCE_RENEWED_EVERY_MS : 0))
        continue;
      // By the wall: whoever was not heard while this process stood still may long be elsewhere, and says so first.
      const seen = this.#parts.here.seen(own.user.identity);
      if (seen === undefined || wall - seen.wall >= PRESENCE_HOLDS_MS) continue;
      if (own.written !== own.revision) this.#claim(own);
      else due.push(own);
    }
    for (let start = 0; start < due.length; start += PRESENCE_AT_ONCE) {
      this.#renew(due.slice(start, start + PRESENCE_AT_ONCE));
    }
  }

  /** A session that had its user already takes nobody's place. */
  #claim(own: Own): void {
    const { redis } = this.#parts;
    const { keys, publish } = redis;
    const { identity, device, endpoints, member } = own.user;
    const { revision } = own;
    const over = own.written > 0 ? 'none' : 'before';
    const takes = FEATURES.filter((what) => member.takes(what));
    const told = writeTold({ device, endpoints: [...endpoints], takes });
    const places = [keys.presence(identity), keys.online, keys.version, keys.accounts];
    const who = [publish, keys.bucket(identity), keys.instance(''), identity, own.session, own.since];
    const asked = redis.run(CLAIM, places, [
      ...who,
      told,
      PRESENCE_HOLDS_MS,
      PRESENCE_KEPT_MS,
      over,
      CLOCKS_DIFFER_MS,
    ]);
    this.#ask([own], asked, (said) => {
      const answer = claimed.parse(said);
      if (answer === 'other') this.#lost(own);
      if (answer === 'other' || answer === 'none') return;
      own.written = revision;
      own.version = answer;
      if (own.revision !== revision && this.#isCurrent(own)) this.#claim(own);
    });
  }

  #renew(owns: readonly Own[]): void {
    const { redis } = this.#parts;
    const places = owns.map(({ user }) => redis.keys.presence(user.identity));
    const args = owns.flatMap(({ user, session, version }) => [user.identity, session, version]);
    const asked = redis.run(
      RENEW,
      [redis.keys.online, ...places],
      [PRESENCE_HOLDS_MS, PRESENCE_KEPT_MS, ...args],
    );
    this.#ask(owns, asked, (said) => {
      for (const [place, answer] of z.array(word).parse(said).entries()) {
        const own = owns[place];
        if (own === undefined || answer === 'done' || !this.#isCurrent(own)) continue;
        // Without a record, whoever has no connection here is gone: signed out elsewhere, of which nothing was heard here.
        if (answer === 'other' || !this.#parts.here.isConnected(own.user.identity)) this.#lost(own);
        else {
          // It ran out, or Redis lost it or what it said last.
          own.written = 0;
          this.#claim(own);
        }
      }
    });
  }

  #ask(owns: readonly Own[], asked: Promise<unknown>, answered: (said: unknown) => void): void {
    const { moment, logger } = this.#parts;
    for (const own of owns) {
      own.isBusy = true;
      own.at = moment().at;
    }
    const free = (): void => {
      for (const own of owns) own.isBusy = false;
    };
    asked
      .then((said) => {
        free();
        answered(said);
      })
      .catch((error: unknown) => {
        free();
        logger.debug({ err: error }, 'who is online could not be told');
      });
  }

  #isCurrent(own: Own): boolean {
    return this.#all.get(own.user.identity) === own;
  }
}
