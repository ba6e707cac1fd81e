import { setTimeout } from 'node:timers/promises';
import * as z from 'zod';
import { DiscoveryPath } from '@p2p-chat/protocol/discovery';
import { MAX_DIRECTORY_PAGE } from '@p2p-chat/protocol/limits';
import { openFiles } from '../lib/open-files.ts';
import {
  forwardedFor,
  registrationOf,
  type Client,
  connectBare,
  isResult,
  signIn,
  watchFrame,
} from '../discovery/wire.ts';
import { populate, type Somebody, somebody } from '../discovery/people.ts';
import { KneeLoad } from '../discovery/knee-load.ts';
import { Ends } from '../discovery/relay-ends.ts';
import { eachOf } from '../lib/figures.ts';
import { on, serve } from '../lib/serve.ts';
import { clientFrame } from '../lib/thin-socket.ts';
import { ThinHttp } from '../lib/thin-http.ts';

/** Everybody who comes to a server: as few processes as there are processors to spare for them. */
let accounts = 0;
let people: Somebody[] = [];
let clients: Client[] = [];
let bare: Client[] = [];
let newcomers = 1_000_000;
let load: KneeLoad | undefined;

/** How many requests are under way at once where a rate is measured. */
const IN_FLIGHT = 64;
/** As many newcomers as come from one address. */
const BY_ADDRESS = 20;
/** How many are watched, and who: those at the end of the accounts are not of the crowd that signs in. */
const WATCHED = 50;

const target = z.object({ port: z.int() });
const between = z.object({ by: z.enum(['relayed', 'piped', 'direct']) });
let ends: Readonly<Record<z.output<typeof between>['by'], Ends>> | undefined;

/** Posts each of these bodies, so many at a time, and returns how many a second. */
async function post(port: number, bodies: readonly { body: string; address: string }[]): Promise<number> {
  const connections = Array.from({ length: IN_FLIGHT }, () => new ThinHttp(port));
  const free = [...connections];
  const start = performance.now();
  await eachOf(bodies, IN_FLIGHT, async ({ body, address }) => {
    const http = free.pop();
    if (http === undefined) throw new Error('no connection is free');
    const answer = await http.post(DiscoveryPath.accounts, body, forwardedFor(address));
    if (answer.status !== 201) throw new Error(`not made: ${answer.status} ${answer.body}`);
    free.push(http);
  });
  const rate = (bodies.length / (performance.now() - start)) * 1_000;
  for (const each of connections) each.end();
  return rate;
}

/** Each of these asks again as soon as it is answered, for so long. @returns how many answers, a second and in all, and the last one's bytes */
async function ask(
  among: readonly Client[],
  ms: number,
  request: () => Buffer,
): Promise<{ rate: number; count: number; bytes: number }> {
  const start = performance.now();
  let [answered, bytes] = [0, 0];
  await Promise.all(
    among.map(
      (client) =>
        new Promise<void>((done, failed) => {
          client.closed = (why) => failed(new Error(why));
          client.text = (payload) => {
            if (!isResult(payload)) return failed(new Error(payload.toString('utf8', 0, 200)));
            answered += 1;
            bytes = payload.length;
            if (performance.now() - start < ms) client.socket.sendFrame(request());
            else done();
          };
          client.socket.sendFrame(request());
        }),
    ),
  );
  return { rate: (answered / (performance.now() - start)) * 1_000, count: answered, bytes };
}

/** One asks to tell all of these. @returns milliseconds until the last has it, and its bytes */
function tell(
  from: Client,
  among: readonly Client[],
  request: Buffer,
): Promise<{ ms: number; bytes: number }> {
  return new Promise((done, failed) => {
    const start = performance.now();
    let left = among.length;
    for (const client of among) {
      client.closed = (why) => failed(new Error(why));
      client.text = (payload) => {
        // The answer to whoever asked is not what is waited for.
        if (isResult(payload)) return;
        left -= 1;
        if (left === 0) done({ ms: performance.now() - start, bytes: payload.length });
      };
    }
    from.socket.sendFrame(request);
  });
}

let asked = 0;

/** A request for some page of the directory. */
function pageRequest(): Buffer {
  asked += 1;
  const place = (asked * 7_919) % Math.max(1, accounts - MAX_DIRECTORY_PAGE);
  const after = `person-${String(place).padStart(6, '0')}`;
  const request = { type: 'directory', id: asked, after, limit: MAX_DIRECTORY_PAGE };
  return clientFrame(1, Buffer.from(JSON.stringify(request)));
}

/** A request that makes the asking user's addresses others than before. */
function announceRequest(): Buffer {
  asked += 1;
  const endpoints = [{ address: '192.0.2.10', port: 10_000 + (asked % 50_000) }];
  return clientFrame(1, Buffer.from(JSON.stringify({ type: 'announce', id: asked, endpoints })));
}

serve({
  openFiles: on(z.object({}), openFiles),
  /** Writes a server's accounts file; so many of them are people that this process can be. */
  populate: on(
    z.object({ folder: z.string(), accounts: z.int(), crowd: z.int() }),
    ({ folder, ...counts }) => {
      accounts = counts.accounts;
      people = populate(folder, accounts, counts.crowd);
      return people.length;
    },
  ),
  /** New people who register, a second; the nonces are there. */
  register: on(target.extend({ count: z.int() }), async ({ port, count }) => {
    const http = new ThinHttp(port);
    const bodies: { body: string; address: string }[] = [];
    for (let each = 0; each < count; each += 1) {
      const who = { ...somebody(newcomers), address: somebody(Math.floor(newcomers / BY_ADDRESS)).address };
      newcomers += 1;
      bodies.push({ body: await registrationOf(http, who), address: who.address });
    }
    http.end();
    return post(port, bodies);
  }),
  /** The same bodies to the baseline, with no challenge before. */
  post: on(target.extend({ count: z.int() }), ({ port, count }) => {
    const nonce = 'a'.repeat(44);
    const signature = 'b'.repeat(96);
    const bodies = Array.from({ length: count }, (_, each) => {
      const { name, publicKey: identity, address } = people[each % people.length] ?? somebody(each);
      return { body: JSON.stringify({ name, identity, nonce, signature }), address };
    });
    return post(port, bodies);
  }),
  /** So many sign in and watch people who are not among them. @returns how many a second */
  signIn: on(target.extend({ count: z.int() }), async ({ port, count }) => {
    const crowd = people.slice(0, count);
    const others = people.slice(count).map(({ identity }) => identity);
    const comers = crowd.map((who, index) => {
      const watched = Array.from(
        { length: WATCHED },
        (_, place) => others[(index * 13 + place) % others.length] ?? '',
      );
      return { who, watch: watchFrame(watched) };
    });
    const start = performance.now();
    await eachOf(comers, IN_FLIGHT, async ({ who, watch }) => {
      clients.push(await signIn(port, who, watch));
    });
    return (count / (performance.now() - start)) * 1_000;
  }),
  /** So many connect to the baseline. @returns how many a second */
  connect: on(target.extend({ count: z.int() }), async ({ port, count }) => {
    const start = performance.now();
    await eachOf(people.slice(0, count), IN_FLIGHT, async (who) => {
      bare.push(await connectBare(port, who));
    });
    return (count / (performance.now() - start)) * 1_000;
  }),
  /**
   * Pages a second over sessions of their own, of those that are signed in.
   * @param after how many of these have asked already: what one account may ask ends within seconds
   */
  pages: on(z.object({ ms: z.number(), after: z.int().default(0) }), ({ ms, after }) =>
    ask(clients.slice(after, after + IN_FLIGHT), ms, pageRequest),
  ),
  barePages: on(z.object({ ms: z.number() }), ({ ms }) => ask(bare.slice(0, IN_FLIGHT), ms, pageRequest)),
  /** Everybody who is signed in watches one more, who signs in and changes addresses. */
  watchOne: on(target, async ({ port }) => {
    const one = people.at(-1);
    if (one === undefined) throw new Error('nobody is there');
    const request = clientFrame(
      1,
      Buffer.from(JSON.stringify({ type: 'watch', id: 1, identities: [one.identity] })),
    );
    await Promise.all(
      clients.map(
        (client) =>
          new Promise<void>((done, failed) => {
            client.closed = (why) => failed(new Error(why));
            client.text = (payload) => {
              if (isResult(payload)) done();
            };
            client.socket.sendFrame(request);
          }),
      ),
    );
    clients.unshift(await signIn(port, one, watchFrame([one.identity])));
    // What tells of this very sign-in is yet to come, and is not what is measured.
    await setTimeout(1_000);
    return true;
  }),
  tell: on(z.object({}), () => {
    const [from] = clients;
    if (from === undefined) throw new Error('nobody is there');
    return tell(from, clients, announceRequest());
  }),
  bareTell: on(z.object({}), () => {
    const [from] = bare;
    if (from === undefined) throw new Error('nobody is there');
    return tell(from, bare, announceRequest());
  }),
  /** Two who are joined by the server's relay, two by a bare pipe, and one whom a bare server answers. */
  join: on(target.extend({ barePort: z.int() }), async ({ port, barePort }) => {
    const [one, other] = people;
    if (one === undefined || other === undefined) throw new Error('nobody is there');
    ends = {
      relayed: await Ends.relayed(port, one, other),
      piped: await Ends.piped(barePort),
      direct: await Ends.direct(barePort),
    };
    return true;
  }),
  flood: on(between.extend({ ms: z.number() }), ({ by, ms }) => ends?.[by].flood(ms)),
  roundTrips: on(between.extend({ count: z.int() }), ({ by, count }) => ends?.[by].roundTrips(count)),
  leave: on(z.object({}), () => {
    for (const client of [...clients, ...bare]) {
      client.closed = () => undefined;
      client.socket.end();
    }
    clients = [];
    bare = [];
    return true;
  }),
  /** See KneeLoad. */
  grow: on(z.object({ ports: z.array(z.int()), to: z.int() }), async ({ ports, to }) => {
    load ??= new KneeLoad(ports, people, accounts);
    await load.grow(to);
    return true;
  }),
  hold: on(z.object({ ms: z.number() }), ({ ms }) => load?.hold(ms)),
});
