/** Three discovery servers on one Redis under load, while they, and it, crash, stand still and crawl. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { cleanUp } from '../../discovery-server/test/cleanup.ts';
import { until } from '../../discovery-server/test/instances.ts';
import { noRedis, type RedisProcess, startRedis } from '../../discovery-server/test/redis-process.ts';
import { http, type Person, person, register, TestSession } from '../../discovery-server/test/test-client.ts';
import { silent } from '../../discovery-server/test/harness.ts';
import { RedisStore } from '../../discovery-server/src/shared/redis-store.ts';
import { SharedRedis } from '../../discovery-server/src/shared/redis.ts';
import { freePort } from '../../scripts/lib/ports.ts';
import { Client, differences, type Flap } from './instances-crowd.ts';

const main = path.join(import.meta.dirname, '../../discovery-server/src/main.ts');

/** A server in a process of its own, at a port that stays. */
class Instance {
  readonly url: string;
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;

  constructor(port: number, store: string) {
    this.url = `http://127.0.0.1:${port}`;
    const limits = ['--accounts-per-hour', '20000'];
    this.#args = [main, '--store', store, '--port', String(port), '--log-format', 'json', ...limits];
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, this.#args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child = child;
    child.stdout.setEncoding('utf8');
    for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
      if (String(chunk).includes('listening on')) break;
    }
    child.stdout.resume();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}

async function instances(t: TestContext, redis: RedisProcess, count: number): Promise<Instance[]> {
  const all: Instance[] = [];
  for (let left = count; left > 0; left -= 1) {
    const instance = new Instance(await freePort(), redis.url);
    cleanUp(t, () => instance.kill());
    all.push(instance);
  }
  await Promise.all(all.map((instance) => instance.start()));
  return all;
}

function anyOf<Item>(items: readonly Item[]): Item {
  return items[randomInt(items.length)] ?? assert.fail('there is none');
}

/** @throws {Error} it takes longer: whoever stands still says nothing */
async function within<Result>(ms: number, work: Promise<Result>): Promise<Result> {
  const over = new AbortController();
  const late = pause(ms, undefined, { signal: over.signal }).then(() => {
    throw new Error(`not within ${ms} ms`);
  });
  // Whichever comes second is nobody's any more.
  for (const each of [late, work]) each.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}

/** Registers new people until it is told to stop; keeps those whom a server acknowledged. */
class Newcomers {
  readonly acknowledged: Person[] = [];
  #isOver = false;
  readonly #running: Promise<void>;

  constructor(urls: readonly string[]) {
    this.#running = this.#run(urls);
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  async #run(urls: readonly string[]): Promise<void> {
    for (let count = 0; !this.#isOver; count += 1) {
      const who = person(`new${count}`);
      // Twice at once, at any two instances, and sometimes two want one name: one of them is to have it, once.
      const rival = count % 5 === 0 ? person(who.name) : who;
      const asked = [who, rival].map(async (each) => {
        const answer = await within(4_000, register(anyOf(urls), each));
        if (answer.status === 200 || answer.status === 201) this.acknowledged.push(each);
      });
      await Promise.allSettled(asked);
      await pause(20);
    }
  }
}

describe('several discovery servers', { skip: noRedis }, () => {
  test('show the users of one that crashed as offline within 15 seconds', async (t) => {
    const redis = await startRedis(t);
    const [one, other] = await instances(t, redis, 2);
    assert.ok(one !== undefined && other !== undefined);
    const [sam, carol] = [person('Sam'), person('Carol')];
    for (const who of [sam, carol]) await register(one.url, who);
    await TestSession.signedIn(one.url, sam);
    const session = await TestSession.signedIn(other.url, carol);
    await until('Sam is told online', async () => (await session.watch(sam.identity))[0]?.online === true);
    const begun = performance.now();
    await one.kill();
    const isOffline = (): boolean =>
      session.waiting().some((frame) => frame.type === 'presence' && !frame.presence.online);
    await until('Sam is told offline', isOffline, 15_000);
    assert.ok(performance.now() - begun > 5_000, 'not before he had time to come back');
  });

  test('agree with what is so, and have every account, after crashes, pauses and a slow Redis', async (t) => {
    const redis = await startRedis(t);
    const servers = await instances(t, redis, 3);
    const urls = servers.map(({ url }) => url);
    const crowd = new Map<string, Client>();
    const flaps: Flap[] = [];
    const people = Array.from({ length: 40 }, (_, place) => person(`user${place}`));
    for (const who of people) {
      assert.equal((await register(anyOf(urls), who)).status, 201);
      crowd.set(who.identity, new Client(who, urls, crowd, (flap) => flaps.push(flap)));
    }
    const clients = [...crowd.values()];
    for (const client of clients) client.start();
    await until('all are there', () => differences(crowd).length === 0);
    // From here on one half stays, whatever happens, and is to be seen all the time.
    const steady = new Set(clients.filter((_, place) => place % 2 === 0).map(({ who }) => who.name));
    flaps.length = 0;
    const newcomers = new Newcomers(urls);
    const over = new AbortController();
    cleanUp(t, async () => {
      over.abort();
      for (const client of clients) client.signOut();
      await newcomers.stop();
    });
    const life = (async () => {
      for (let port = 20_000; !over.signal.aborted; port += 1) {
        const client = anyOf(clients);
        const what = randomInt(10);
        if (what < 5) client.announce([{ address: '192.0.2.1', port }]);
        else if (what < 8) client.cut();
        else if (client.isWanted && client.isOpen && !steady.has(client.who.name)) client.signOut();
        else client.start();
        await pause(25);
      }
    })();
    const agrees = async (after: string): Promise<void> => {
      t.diagnostic(
        `after ${after}: ${flaps.length} seen offline, ${newcomers.acknowledged.length} registered`,
      );
      await pause(1_000);
    };

    await pause(2_000);
    await servers[0]?.kill();
    await pause(4_000);
    await servers[0]?.start();
    await agrees('a crash of an instance');
    servers[1]?.signal('SIGSTOP');
    await pause(14_000);
    servers[1]?.signal('SIGCONT');
    await agrees('an instance stood still');
    await redis.kill();
    await pause(2_000);
    await redis.start();
    await agrees('a crash of Redis');
    redis.signal('SIGSTOP');
    await pause(8_000);
    redis.signal('SIGCONT');
    await agrees('Redis stood still');
    for (let count = 0; count < 20; count += 1) {
      redis.signal('SIGSTOP');
      await pause(200);
      redis.signal('SIGCONT');
      await pause(50);
    }
    await agrees('a slow Redis');
    await Promise.all([redis.kill(), servers[2]?.kill()]);
    await Promise.all([redis.start(), servers[2]?.start()]);
    await agrees('a crash of both');

    over.abort();
    await life;
    await newcomers.stop();
    await until('everybody’s picture is what is so', () => differences(crowd).length === 0, 30_000).catch(
      (error: unknown) => {
        throw new Error(`${String(error)}\n${differences(crowd).slice(0, 20).join('\n')}`);
      },
    );
    // Renewals hold for ten seconds; one may be over three old, wait a second for the beat, and another for a slow Redis.
    assert.deepEqual(
      flaps.filter(({ of, absentMs }) => steady.has(of) && absentMs < 5_000),
      [],
    );
    const shared = await SharedRedis.open(redis.url, silent);
    cleanUp(t, () => shared.close());
    const accounts = await new RedisStore(shared, 100_000).accounts();
    const names = new Map(accounts.map(({ name, identity }) => [name, identity]));
    assert.equal(names.size, accounts.length);
    assert.ok(newcomers.acknowledged.length > 100);
    for (const { name, identity } of [...people, ...newcomers.acknowledged])
      assert.equal(names.get(name), identity);
    for (const url of urls) {
      const { text } = await http(url, '/healthz');
      assert.match(text, new RegExp(`"accounts":${accounts.length},`));
    }
  });
});
