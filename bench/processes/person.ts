import { subscribe } from 'node:diagnostics_channel';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import * as z from 'zod';
import type { Message } from '../../extension/src/peer-api.ts';
import { uuidv7 } from '../../extension/src/vscode/uuid.ts';
import { peerBehindSocket, peerHere, type Door, type Told } from '../lib/door.ts';
import { median, textOf, timed } from '../lib/figures.ts';
import { Profile } from '../lib/profile.ts';
import { on, serve } from '../lib/serve.ts';
import { stores } from '../lib/stores.ts';
import { who } from '../lib/who.ts';
import { needCompiler } from '../lib/compiler.ts';

needCompiler();

/** One person's peer. The other process asks for what is measured. */
let door: Door | undefined;
let count = 0;
/** Ids of what was sent by this process and is not delivered yet. */
const undelivered = new Set<string>();
let delivered = 0;
let heard: () => void = () => undefined;
/** What the tree shows of the others. */
const presences = new Map<string, string>();
let presenceHeard: () => void = () => undefined;
/** When the last socket was made to go out. */
let dialledAt = 0;
subscribe('net.client.socket', () => (dialledAt = performance.now()));

function peer(): Door {
  if (door === undefined) throw new Error('there is no peer yet');
  return door;
}

function take(messages: readonly Message[]): void {
  for (const { id, mine, state } of messages) {
    if (!mine || state !== 'delivered') continue;
    undelivered.delete(id);
    delivered += 1;
  }
  heard();
}

function write(contact: string, text: string, workspace: string): Promise<Message> {
  const id = uuidv7();
  undelivered.add(id);
  return peer().request('send', { id, contact, text, workspace });
}

/** Texts unlike each other, made before the clock starts. */
function newTexts(bytes: number): () => string {
  const texts = Array.from({ length: 512 }, () => textOf(bytes, (count += 1)));
  let next = 0;
  return () => texts[next++ % texts.length] ?? '';
}

/** Resolves when so many were delivered since this process began. */
async function untilDelivered(count: number): Promise<void> {
  while (delivered < count) await new Promise<void>((done) => (heard = done));
}

async function untilPresence(contact: string, wanted: (presence: string) => boolean): Promise<void> {
  while (!wanted(presences.get(contact) ?? '')) {
    await new Promise<void>((done) => (presenceHeard = done));
  }
}

/** Writes with always so many on their way to a durable receipt, and returns how many had one in a second. */
async function rate(contact: string, bytes: number, inFlight: number, ms: number, workspace: string) {
  const text = newTexts(bytes);
  const start = performance.now();
  let acknowledged = 0;
  await new Promise<void>((done, failed) => {
    const refill = (): void => {
      while (performance.now() - start < ms && undelivered.size < inFlight) {
        write(contact, text(), workspace).catch(failed);
        acknowledged += 1;
      }
      if (undelivered.size === 0) done();
    };
    heard = refill;
    refill();
  });
  return (acknowledged / (performance.now() - start)) * 1_000;
}

const how = { peerScript: z.string().nullable(), stores };
const to = { contact: z.string(), workspace: z.string() };
const profile = new Profile();
let profiledFrom = 0;
const loop = monitorEventLoopDelay({ resolution: 1 });

serve({
  start: on(z.object({ who, ...how }), async ({ who, peerScript, stores }) => {
    const told: Told = {
      messages: take,
      contact: ({ id, presence }) => {
        presences.set(id, presence);
        presenceHeard();
      },
    };
    door =
      peerScript === null ? await peerHere(who, told, stores) : await peerBehindSocket(who, peerScript, told);
    await door.request('subscribe', {});
    return (await door.request('ownIdentity', {})).identity;
  }),
  meet: on(z.object({ identity: z.string(), name: z.string(), server: z.string() }), (them) =>
    peer().request('addContact', them),
  ),
  /** Returns the port that this device listens on. */
  goOnline: on(z.object({ name: z.string(), server: z.string() }), async ({ name, server }) => {
    const here = { listenHost: '127.0.0.1', listenPort: 0, joinCode: null, serverKey: null, byPerson: true };
    await peer().request('goOnline', { server, name, ...here });
    const { status } = await peer().request('subscribe', {});
    return status.kind === 'online' ? status.endpoints[0]?.port : undefined;
  }),
  goOffline: on(z.object({}), () => peer().request('goOffline', {})),
  open: on(z.object({ contact: z.string() }), async ({ contact }) => {
    await peer().request('openConversation', { contact, limit: 50, byPerson: true });
    return {};
  }),
  awaitOnline: on(z.object({ contact: z.string() }), ({ contact }) =>
    untilPresence(contact, (presence) => presence === 'online'),
  ),
  awaitAway: on(z.object({ contact: z.string() }), ({ contact }) =>
    untilPresence(contact, (presence) => presence !== 'online'),
  ),
  rate: on(
    z.object({ ...to, bytes: z.int(), inFlight: z.int(), ms: z.number() }),
    ({ contact, bytes, inFlight, ms, workspace }) => rate(contact, bytes, inFlight, ms, workspace),
  ),
  roundTrip: on(z.object({ ...to, count: z.int() }), async ({ contact, count: times, workspace }) => {
    const took: number[] = [];
    const text = newTexts(256);
    for (let each = 0; each < times; each += 1) {
      took.push(
        await timed(async () => {
          const expected = delivered + 1;
          await write(contact, text(), workspace);
          await untilDelivered(expected);
        }),
      );
    }
    return median(took);
  }),
  hold: on(z.object({ ...to, count: z.int() }), async ({ contact, count: many, workspace }) => {
    const text = newTexts(256);
    for (let left = many; left > 0; left -= 500) {
      await Promise.all(Array.from({ length: Math.min(left, 500) }, () => write(contact, text(), workspace)));
    }
    return undelivered.size;
  }),
  /** Milliseconds from the moment at which the contact is back, as the server says, to the last receipt on the disk. */
  flush: on(z.object({ contact: z.string(), count: z.int() }), async ({ contact, count: held }) => {
    const expected = delivered + held;
    await untilPresence(contact, (presence) => presence === 'online');
    return timed(() => untilDelivered(expected));
  }),
  /** Milliseconds from the socket being made to the first receipt on the disk. */
  dial: on(z.object({}), async () => {
    await untilDelivered(delivered + 1);
    return performance.now() - dialledAt;
  }),
  beginStall: on(z.object({}), () => {
    loop.reset();
    loop.enable();
  }),
  /** The longest that this thread did nothing else, milliseconds; its timer fires every millisecond. */
  endStall: on(z.object({}), () => {
    loop.disable();
    return loop.max / 1e6 - 1;
  }),
  /** Microseconds of processor time that this process has taken. */
  processor: on(z.object({}), () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  }),
  beginProfile: on(z.object({}), () => {
    profiledFrom = delivered;
    return profile.begin();
  }),
  endProfile: on(z.object({}), async () => ({
    shares: await profile.end(),
    delivered: delivered - profiledFrom,
  })),
  memory: on(z.object({}), () => process.memoryUsage.rss()),
});
