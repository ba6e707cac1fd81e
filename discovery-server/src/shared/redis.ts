import { createHash } from 'node:crypto';
import { Redis, type RedisOptions } from 'ioredis';
import type { Logger } from 'pino';
import * as z from 'zod/mini';
import { messageOf, StartError } from '../errors.ts';
import { REDIS_PATIENCE_MS, REDIS_RETRY_MS } from '../limits.ts';
import { type Keys, keysOf } from './keys.ts';

/** A script that Redis runs in one step. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

export function script(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

/** Redis cannot be used. */
export class RedisError extends StartError {
  override readonly name = 'RedisError';
}

/** What is said to Redis by one instance: on a connection for commands, and on one for what is published. */
export class SharedRedis {
  readonly keys: Keys;
  readonly #commands: Redis;
  readonly #subscriber: Redis;
  readonly #logger: Logger;
  #publish: 'PUBLISH' | 'SPUBLISH' = 'PUBLISH';
  #isUp = false;
  /** What the system, or Redis, said last of a connection. */
  #trouble = '';
  #closed = false;
  /** Those that are to be heard, and when they are. */
  readonly #channels = new Map<string, Promise<void>>();
  #onMessage: (channel: string, text: string) => void = () => undefined;
  #onSubscribed: () => void = () => undefined;

  private constructor(url: string, logger: Logger) {
    const options = {
      // Whoever asks is told at once that Redis is away, and knows better than a queue what is still worth asking.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false,
      maxRetriesPerRequest: 0,
      commandTimeout: REDIS_PATIENCE_MS,
      connectTimeout: REDIS_PATIENCE_MS,
      protocol: 2,
      lazyConnect: true,
      // With a part of chance: many instances come back to a Redis that has just started.
      retryStrategy: (times: number) =>
        Math.min(REDIS_RETRY_MS.most, REDIS_RETRY_MS.first * 2 ** Math.min(times, 10)) *
        (0.5 + Math.random() / 2),
      // The other end is no primary any more: the address leads to another one by now.
      reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
    } satisfies RedisOptions;
    this.#logger = logger;
    this.#commands = new Redis(url, { ...options, connectionName: 'p2p-chat' });
    this.#subscriber = new Redis(url, { ...options, connectionName: 'p2p-chat-subscriber' });
    this.keys = keysOf(this.#commands.options.db ?? 0);
    for (const client of [this.#commands, this.#subscriber]) {
      client.on('error', (error: Error) => {
        this.#trouble = messageOf(error);
        logger.debug({ err: error }, 'Redis');
      });
    }
    this.#commands.on('ready', () => this.#cameBack());
    this.#commands.on('close', () => this.#went());
    this.#subscriber.on('ready', () => void this.#resubscribe());
    for (const event of ['message', 'smessage'] as const) {
      this.#subscriber.on(event, (channel: string, text: string) => this.#onMessage(channel, text));
    }
  }

  /**
   * Connects.
   * @param url `redis://` or `rediss://`; it may have a password, which no message repeats
   * @throws {RedisError} it cannot be reached, or does not let this program in
   */
  static async open(url: string, logger: Logger): Promise<SharedRedis> {
    const shared = new SharedRedis(url, logger);
    try {
      await shared.#commands.connect();
      await shared.#look();
      await shared.#subscriber.connect();
      return shared;
    } catch (cause) {
      shared.close();
      const why = shared.#trouble === '' ? messageOf(cause) : shared.#trouble;
      throw new RedisError(`Redis cannot be used: ${why.replace(/\.$/, '')}. Is it what --store says?`, {
        cause,
      });
    }
  }

  /** Whether commands get through, as far as is known. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** The command with which a script publishes. */
  get publish(): 'PUBLISH' | 'SPUBLISH' {
    return this.#publish;
  }

  /** The connection for what knows Redis by itself. */
  get client(): Redis {
    return this.#commands;
  }

  /** @param onSubscribed called whenever messages may have been missed, and no more will be */
  listen(onMessage: (channel: string, text: string) => void, onSubscribed: () => void): void {
    this.#onMessage = onMessage;
    this.#onSubscribed = onSubscribed;
  }

  /** @throws {Error} Redis is away, does not answer in time, or refuses */
  async command(name: string, ...args: (string | number)[]): Promise<unknown> {
    return this.#commands.call(name, ...args);
  }

  /** As `command`. */
  async run(
    { lua, sha }: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    const rest = [keys.length, ...keys, ...args];
    try {
      return await this.command('EVALSHA', sha, ...rest);
    } catch (error) {
      if (!messageOf(error).startsWith('NOSCRIPT')) throw error;
      return this.command('EVAL', lua, ...rest);
    }
  }

  /** Hears what is published there from now on: resolves once that is so. */
  async subscribe(channels: readonly string[]): Promise<void> {
    const added = channels.filter((channel) => !this.#channels.has(channel));
    if (added.length > 0) await this.#hear(added);
    // Others may have asked for the rest a moment ago.
    await Promise.all(channels.flatMap((channel) => this.#channels.get(channel) ?? []));
  }

  async unsubscribe(channels: readonly string[]): Promise<void> {
    const gone = channels.filter((channel) => this.#channels.delete(channel));
    if (gone.length > 0) await this.#tellSubscriber('unsubscribe', gone);
  }

  /** Nothing has been heard for too long: begins anew with the connection for what is published. */
  renewSubscriber(): void {
    this.#subscriber.disconnect(true);
  }

  /** Begins anew with the connection for commands, which does not answer. */
  renewCommands(): void {
    this.#commands.disconnect(true);
  }

  close(): void {
    this.#closed = true;
    this.#commands.disconnect();
    this.#subscriber.disconnect();
  }

  /** What the server can do: it may be another one after each connection. */
  async #look(): Promise<void> {
    const said = z.string().parse(await this.command('INFO', 'server'));
    const [, major = '0'] = /^redis_version:(\d+)\./m.exec(said) ?? [];
    if (Number(major) < 5) throw new RedisError('it is older than Redis 5');
    this.#publish = Number(major) >= 7 ? 'SPUBLISH' : 'PUBLISH';
    this.#isUp = true;
  }

  #cameBack(): void {
    const wasUp = this.#isUp;
    this.#look().then(
      () => {
        if (!wasUp) this.#logger.info('Redis is there');
      },
      (error: unknown) => {
        this.#logger.debug({ err: error }, 'Redis');
        // Nothing else would ask again what this server is.
        if (!this.#closed && this.#commands.status === 'ready') this.renewCommands();
      },
    );
  }

  #went(): void {
    if (this.#isUp && !this.#closed) this.#logger.warn('Redis is away: trying again');
    this.#isUp = false;
  }

  async #resubscribe(): Promise<void> {
    try {
      const all = [...this.#channels.keys()];
      for (let start = 0; start < all.length; start += 256) {
        const some = all.slice(start, start + 256).filter((channel) => this.#channels.has(channel));
        if (some.length > 0) await this.#hear(some);
      }
      this.#onSubscribed();
    } catch (error) {
      // It comes back, and this with it.
      this.#logger.debug({ err: error }, 'Redis');
    }
  }

  async #hear(channels: readonly string[]): Promise<void> {
    const heard = this.#tellSubscriber('subscribe', channels).catch((error: unknown) => {
      // What is there is not known any more: begin anew.
      if (!this.#closed && this.#subscriber.status === 'ready') this.renewSubscriber();
      throw error;
    });
    for (const channel of channels) this.#channels.set(channel, heard);
    await heard;
  }

  async #tellSubscriber(what: 'subscribe' | 'unsubscribe', channels: readonly string[]): Promise<void> {
    const sharded = this.#publish === 'SPUBLISH' ? 's' : '';
    await this.#subscriber[`${sharded}${what}`](...channels);
  }
}
