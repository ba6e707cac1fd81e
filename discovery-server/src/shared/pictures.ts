import type { Logger } from 'pino';
import * as z from 'zod/mini';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { PRESENCE_AT_ONCE, UNFOLLOW_EVERY_MS } from '../limits.ts';
import type { Here } from '../others.ts';
import { type PresenceRecord, readPresenceMessage, readRecord } from './presence-record.ts';
import type { SharedRedis } from './redis.ts';

type Online = NonNullable<PresenceRecord['online']>;

/** What is known of somebody. */
interface Picture {
  version: number;
  /** Whether it was heard since it was begun: until then nobody is told anything. */
  isKnown: boolean;
  online: Online | undefined;
  /** Whether somebody here was told of it, and so has to be told of what is other. */
  isTold: boolean;
  /** When it was begun. */
  readonly since: number;
}

const records = z.array(z.nullable(z.string()));

/** What is known of users at all instances: of those followed always, of others just when somebody asks. */
export class Pictures {
  readonly #redis: SharedRedis;
  readonly #here: Here;
  readonly #logger: Logger;
  readonly #followed = new Map<Fingerprint, Picture>();
  readonly #glanced = new Map<Fingerprint, Online>();
  /** Channels that are heard. */
  readonly #buckets = new Set<string>();
  #at = 0;
  #unfollowAt = 0;

  constructor(redis: SharedRedis, here: Here, logger: Logger) {
    this.#redis = redis;
    this.#here = here;
    this.#logger = logger;
  }

  of(identity: Fingerprint): Online | undefined {
    const followed = this.#followed.get(identity);
    return followed === undefined ? this.#glanced.get(identity) : followed.online;
  }

  /** Whether it is not known yet how somebody is who is followed: Redis was away, or has just lost what it was told. */
  isUnknown(identity: Fingerprint): boolean {
    return this.#followed.get(identity)?.isKnown === false;
  }

  /** Whether somebody who is followed is known to be offline. */
  isOffline(identity: Fingerprint): boolean {
    const picture = this.#followed.get(identity);
    return picture?.isKnown === true && picture.online === undefined;
  }

  /** Learns what there is to know now of those who are not followed; kept until the next beat. */
  async look(identities: readonly Fingerprint[]): Promise<void> {
    const unknown = identities.filter((identity) => !this.#followed.has(identity));
    if (unknown.length === 0) return;
    for (let start = 0; start < unknown.length; start += PRESENCE_AT_ONCE) {
      const { found } = await this.#read(unknown.slice(start, start + PRESENCE_AT_ONCE));
      for (const [identity, online] of found) {
        if (online === undefined) this.#glanced.delete(identity);
        else this.#glanced.set(identity, online);
      }
    }
  }

  /**
   * Resolves once all changes of these are heard.
   * @returns whether their state is known: of those who are not there it is not while they may only not have said so yet
   */
  async follow(identities: readonly Fingerprint[]): Promise<boolean> {
    const added = identities.filter((identity) => this.#followed.get(identity)?.isTold !== true);
    for (const identity of added) {
      if (this.#followed.has(identity)) continue;
      const begun = { version: 0, isKnown: false, online: undefined, isTold: false, since: this.#at };
      this.#followed.set(identity, begun);
    }
    try {
      const buckets = new Set(added.map((identity) => this.#redis.keys.bucket(identity)));
      for (const bucket of buckets) this.#buckets.add(bucket);
      // Before the question: what changes in between is a message.
      await this.#redis.subscribe([...buckets]);
      return await this.#readAll(added);
    } finally {
      for (const identity of added) {
        const picture = this.#followed.get(identity);
        if (picture !== undefined) picture.isTold = true;
      }
    }
  }

  /** A message on one of the channels. */
  heard(text: string): void {
    try {
      const { identity, lastSeen, ...record } = readPresenceMessage(text);
      if (lastSeen !== undefined) this.#here.touched(identity, { lastSeen });
      this.#is(identity, record);
    } catch (error) {
      this.#logger.warn({ err: error }, 'a message about somebody who is online is of another version');
    }
  }

  isBucket(channel: string): boolean {
    return this.#buckets.has(channel);
  }

  /**
   * Looks at everybody followed, after messages may have been missed. It may be another Redis by now, which numbers what
   * happens lower than what the earlier one had not handed on yet.
   * @returns whether that was all: not where those who are not there may only not have said so yet
   */
  async lookAgain(): Promise<boolean> {
    for (const picture of this.#followed.values()) picture.version = 0;
    return this.#readAll([...this.#followed.keys()]);
  }

  /** Forgets those who are not watched any more. */
  beat(at: number): void {
    this.#at = at;
    this.#glanced.clear();
    if (at < this.#unfollowAt) return;
    this.#unfollowAt = at + UNFOLLOW_EVERY_MS;
    const needed = new Set<string>();
    for (const [identity, { since }] of this.#followed) {
      // What has just been begun is for somebody who will watch in a moment.
      if (at - since < UNFOLLOW_EVERY_MS || this.#here.isWatched(identity)) {
        needed.add(this.#redis.keys.bucket(identity));
      } else this.#followed.delete(identity);
    }
    const gone = [...this.#buckets].filter((bucket) => !needed.has(bucket));
    for (const bucket of gone) this.#buckets.delete(bucket);
    this.#redis.unsubscribe(gone).catch((error: unknown) => {
      this.#logger.debug({ err: error }, 'channels could not be left');
    });
  }

  async #readAll(identities: readonly Fingerprint[]): Promise<boolean> {
    let isAll = true;
    for (let start = 0; start < identities.length; start += PRESENCE_AT_ONCE) {
      const { version, found, isGrace } = await this.#read(identities.slice(start, start + PRESENCE_AT_ONCE));
      for (const [identity, online, own = version] of found) {
        if (online === undefined && isGrace) isAll = false;
        else this.#is(identity, { version: own, online });
      }
    }
    return isAll;
  }

  /** Of each what its record says, and its number; those of whom there is none are offline as of `version`. */
  async #read(identities: readonly Fingerprint[]): Promise<{
    version: number;
    isGrace: boolean;
    found: [identity: Fingerprint, online: Online | undefined, version?: number][];
  }> {
    const { keys } = this.#redis;
    const wanted = [keys.version, keys.grace, ...identities.map((identity) => keys.presence(identity))];
    const [version, grace, ...texts] = records.parse(await this.#redis.command('MGET', ...wanted));
    const found = identities.map((identity, place): [Fingerprint, Online | undefined, number?] => {
      const text = texts[place];
      if (text === null || text === undefined) return [identity, undefined];
      const record = readRecord(text);
      return [identity, record.online, record.version];
    });
    // Without a number Redis has lost everything.
    return { version: Number(version ?? 0), isGrace: grace !== null || version === null, found };
  }

  #is(identity: Fingerprint, { version, online }: PresenceRecord): void {
    const picture = this.#followed.get(identity);
    if (picture === undefined || version < picture.version) return;
    const isNews = !picture.isKnown || !looksTheSame(picture.online, online);
    picture.version = version;
    picture.isKnown = true;
    picture.online = online;
    if (picture.isTold && isNews) this.#here.changed(identity);
  }
}

function looksTheSame(one: Online | undefined, other: Online | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.device === other.device && JSON.stringify(one.endpoints) === JSON.stringify(other.endpoints);
}
