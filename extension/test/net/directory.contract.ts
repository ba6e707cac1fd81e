import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint, Presence, User } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Succession } from '@p2p-chat/protocol/succession';
import {
  type DialBackCall,
  type Directory,
  type DirectoryEvents,
  DirectoryRefusal,
  DirectoryUnavailable,
} from '../../src/core/net-ports.ts';
import { EventLog } from '../support/event-log.ts';

/** A discovery server and whoever has a device. */
export interface DirectoryWorld {
  /** Makes an account for a new identity. */
  register(name: string): Promise<User>;
  /** A new identity takes the place of this user's, with all statements so far. */
  succeed(user: User): Promise<{ user: User; chain: Succession[] }>;
  /** A session of a device of this identity; without an account too. */
  session(identity: Fingerprint, device: Fingerprint, takeOver?: boolean): Directory;
  /** An identity that has no account. */
  unknownIdentity(): Fingerprint;
  /** Stops the server, or starts it again and lets as much time pass as a session waits. */
  setDown(down: boolean): Promise<void>;
  /** Stops every session and the server. */
  stop(): Promise<void>;
}

type DirectoryEvent =
  | { readonly kind: 'connected'; readonly self: User }
  | { readonly kind: 'disconnected'; readonly why: Parameters<DirectoryEvents['disconnected']>[0] }
  | { readonly kind: 'presence'; readonly presence: Presence }
  | { readonly kind: 'account'; readonly presence: Presence }
  | { readonly kind: 'succession'; readonly chain: readonly Succession[] }
  | { readonly kind: 'removed'; readonly identity: Fingerprint }
  | { readonly kind: 'dial-back'; readonly call: DialBackCall };

/** Starts a session and keeps what it tells. */
export function recordDirectory(directory: Directory): EventLog<DirectoryEvent> {
  const log = new EventLog<DirectoryEvent>();
  directory.start({
    connected: (self) => log.add({ kind: 'connected', self }),
    disconnected: (why) => log.add({ kind: 'disconnected', why }),
    presence: (presence) => log.add({ kind: 'presence', presence }),
    account: (presence) => log.add({ kind: 'account', presence }),
    succession: (chain) => log.add({ kind: 'succession', chain }),
    removed: (identity) => log.add({ kind: 'removed', identity }),
    dialBack: (call) => log.add({ kind: 'dial-back', call }),
  });
  return log;
}

/** The next presence of somebody that looks like this. */
export async function presenceOf(
  log: EventLog<DirectoryEvent>,
  identity: Fingerprint,
  is: (presence: Presence) => boolean,
  from = 0,
): Promise<Presence> {
  const event = await log.first(
    (event) => event.kind === 'presence' && event.presence.identity === identity && is(event.presence),
    from,
  );
  return event.kind === 'presence' ? event.presence : assert.fail();
}

export function connected(log: EventLog<DirectoryEvent>, from = 0): Promise<DirectoryEvent> {
  return log.first(({ kind }) => kind === 'connected', from);
}

export const deviceOf = (name: string): Fingerprint => Buffer.from(name).toString('hex').padEnd(64, '0');
const at = (port: number): Endpoint[] => [{ address: '127.0.0.1', port }];

/** What is true of every Directory, whatever is behind it. */
export function directoryContract(name: string, open: () => Promise<DirectoryWorld>): void {
  const contract = (title: string, run: (world: DirectoryWorld) => Promise<void>): void => {
    test(`${name}: ${title}`, async () => {
      const world = await open();
      try {
        await run(world);
      } finally {
        await world.stop();
      }
    });
  };

  contract('says under which name one is signed in', async (world) => {
    const sam = await world.register('Sam');
    const log = recordDirectory(world.session(sam.identity, deviceOf('Sam')));
    await connected(log);
    assert.deepEqual(log.all, [{ kind: 'connected', self: sam }]);
  });

  contract('tells how a watched user stands, and every change', async (world) => {
    const [sam, carol] = [await world.register('Sam'), await world.register('Carol')];
    const samsSession = world.session(sam.identity, deviceOf('Sam'));
    const log = recordDirectory(samsSession);
    samsSession.watch([carol.identity]);
    const away = await presenceOf(log, carol.identity, () => true);
    assert.deepEqual(away, { ...carol, online: false, lastSeen: null, device: null, endpoints: [] });
    const carolsSession = world.session(carol.identity, deviceOf('Carol'));
    carolsSession.announce(at(5001));
    recordDirectory(carolsSession);
    const online = await presenceOf(log, carol.identity, (presence) => presence.online);
    assert.equal(online.device, deviceOf('Carol'));
    assert.deepEqual(online.endpoints, at(5001));
    carolsSession.announce(at(5002));
    await presenceOf(log, carol.identity, ({ endpoints }) => endpoints[0]?.port === 5002);
    const before = log.all.length;
    await carolsSession.stop(true);
    const gone = await presenceOf(log, carol.identity, (presence) => !presence.online, before);
    assert.notEqual(gone.lastSeen, null);
  });

  contract('tells nothing more of somebody unwatched', async (world) => {
    const [sam, carol, dave] = [
      await world.register('Sam'),
      await world.register('Carol'),
      await world.register('Dave'),
    ];
    const session = world.session(sam.identity, deviceOf('Sam'));
    const log = recordDirectory(session);
    session.watch([carol.identity, dave.identity]);
    await presenceOf(log, dave.identity, () => true);
    session.unwatch([carol.identity]);
    await session.lookUp(dave.identity);
    const before = log.all.length;
    recordDirectory(world.session(carol.identity, deviceOf('Carol')));
    recordDirectory(world.session(dave.identity, deviceOf('Dave')));
    await presenceOf(log, dave.identity, ({ online }) => online, before);
    await session.lookUp(dave.identity);
    assert.ok(
      log.all
        .slice(before)
        .every((event) => event.kind !== 'presence' || event.presence.identity === dave.identity),
    );
  });

  contract('gives the directory by pages and looks identities up', async (world) => {
    const users = [];
    for (const user of ['dora', 'Anna', 'carl', 'Bert']) users.push(await world.register(user));
    const [dora] = users;
    assert.ok(dora !== undefined);
    const session = world.session(dora.identity, deviceOf('dora'));
    await connected(recordDirectory(session));
    const first = await session.page(null, 3);
    assert.deepEqual(
      first.users.map((user) => user.name),
      ['Anna', 'Bert', 'carl'],
    );
    assert.equal(first.next, 'carl');
    const last = await session.page(first.next, 3);
    assert.deepEqual(
      last.users.map((user) => user.name),
      ['dora'],
    );
    assert.equal(last.next, null);
    const found = await session.lookUp(dora.identity);
    assert.equal(found?.presence.name, 'dora');
    assert.deepEqual(found.successions, []);
    assert.equal(await session.lookUp('0'.repeat(64)), null);
  });

  contract('tells of new accounts', async (world) => {
    const sam = await world.register('Sam');
    const session = world.session(sam.identity, deviceOf('Sam'));
    const log = recordDirectory(session);
    await connected(log);
    await session.lookUp(sam.identity);
    const carol = await world.register('Carol');
    const event = await log.first(({ kind }) => kind === 'account');
    assert.ok(event.kind === 'account');
    assert.equal(event.presence.identity, carol.identity);
  });

  contract(
    'gives another name, keeps the one that somebody else has, and shows it to others',
    async (world) => {
      const [sam, carol] = [await world.register('Sam'), await world.register('Carol')];
      const session = world.session(sam.identity, deviceOf('Sam'));
      const carols = world.session(carol.identity, deviceOf('Carol'));
      const log = recordDirectory(carols);
      await Promise.all([connected(recordDirectory(session)), connected(log)]);
      carols.watch([sam.identity]);
      await presenceOf(log, sam.identity, () => true);
      assert.deepEqual(await session.rename('Samuel'), { name: 'Samuel', identity: sam.identity });
      await presenceOf(log, sam.identity, ({ name }) => name === 'Samuel');
      await assert.rejects(
        session.rename('CAR0L'),
        (error) => error instanceof DirectoryRefusal && error.code === 'name-taken',
      );
      assert.equal((await session.lookUp(sam.identity))?.presence.name, 'Samuel');
    },
  );

  contract('asks somebody who is there to dial, and nobody else', async (world) => {
    const [sam, carol] = [await world.register('Sam'), await world.register('Carol')];
    const samsSession = world.session(sam.identity, deviceOf('Sam'));
    const carolsSession = world.session(carol.identity, deviceOf('Carol'));
    samsSession.announce(at(5001));
    assert.deepEqual(samsSession.offers, { dialBack: false, relay: false });
    await assert.rejects(samsSession.dialBack(carol.identity), DirectoryUnavailable);
    const [sams, carols] = [recordDirectory(samsSession), recordDirectory(carolsSession)];
    await Promise.all([connected(sams), connected(carols)]);
    assert.equal(samsSession.offers.dialBack, true);
    await samsSession.dialBack(world.unknownIdentity());
    await samsSession.dialBack(carol.identity);
    const call = await carols.first(({ kind }) => kind === 'dial-back');
    assert.deepEqual(call, { kind: 'dial-back', call: { identity: sam.identity, endpoints: at(5001) } });
    assert.ok(!sams.all.some(({ kind }) => kind === 'dial-back'));
  });

  contract('deletes an account for good, and tells who knows it', async (world) => {
    const [sam, carol] = [await world.register('Sam'), await world.register('Carol')];
    const session = world.session(sam.identity, deviceOf('Sam'));
    const carols = world.session(carol.identity, deviceOf('Carol'));
    const [log, carolsLog] = [recordDirectory(session), recordDirectory(carols)];
    await Promise.all([connected(log), connected(carolsLog)]);
    carols.watch([sam.identity]);
    await presenceOf(carolsLog, sam.identity, () => true);
    await session.deleteAccount();
    assert.deepEqual(await log.first(({ kind }) => kind === 'disconnected'), {
      kind: 'disconnected',
      why: 'not-registered',
    });
    const removed = await carolsLog.first((event) => event.kind === 'removed');
    assert.deepEqual(removed, { kind: 'removed', identity: sam.identity });
    assert.equal(await carols.lookUp(sam.identity), null);
    await assert.rejects(session.lookUp(carol.identity), DirectoryUnavailable);
    assert.notEqual((await world.register('Sam')).identity, sam.identity);
  });

  contract(
    'hands an account on to the next identity, and tells who watches the one before',
    async (world) => {
      const [sam, carol] = [await world.register('Sam'), await world.register('Carol')];
      const before = recordDirectory(world.session(sam.identity, deviceOf('Sam')));
      const carols = world.session(carol.identity, deviceOf('Carol'));
      const log = recordDirectory(carols);
      await Promise.all([connected(before), connected(log)]);
      carols.watch([sam.identity]);
      await presenceOf(log, sam.identity, () => true);
      const { user, chain } = await world.succeed(sam);
      assert.equal(user.name, 'Sam');
      await before.first((event) => event.kind === 'disconnected' && event.why === 'refused');
      const told = await log.first((event) => event.kind === 'succession');
      assert.deepEqual(told, { kind: 'succession', chain });
      await connected(recordDirectory(world.session(user.identity, deviceOf('Sam'))));
      for (const identity of [sam.identity, user.identity]) {
        const found = await carols.lookUp(identity);
        assert.equal(found?.presence.identity, user.identity);
        assert.deepEqual(found.successions, chain);
      }
    },
  );

  contract('tells of a succession also who watches the identity only afterwards', async (world) => {
    const [sam, carol] = [await world.register('Sam'), await world.register('Carol')];
    const { user } = await world.succeed(sam);
    const { chain } = await world.succeed(user);
    assert.equal(chain.length, 2);
    const session = world.session(carol.identity, deviceOf('Carol'));
    const log = recordDirectory(session);
    session.watch([sam.identity]);
    const told = await log.first((event) => event.kind === 'succession');
    assert.deepEqual(told, { kind: 'succession', chain });
  });

  contract('says that it is unavailable before, between and after sessions', async (world) => {
    const sam = await world.register('Sam');
    const session = world.session(sam.identity, deviceOf('Sam'));
    await assert.rejects(session.page(null, 1), DirectoryUnavailable);
    const log = recordDirectory(session);
    await connected(log);
    await world.setDown(true);
    await log.first(({ kind }) => kind === 'disconnected');
    await assert.rejects(session.lookUp(sam.identity), DirectoryUnavailable);
    await session.stop(true);
    await assert.rejects(session.page(null, 1), DirectoryUnavailable);
  });

  contract('comes back by itself, with everything watched and announced', async (world) => {
    const [sam, carol] = [await world.register('Sam'), await world.register('Carol')];
    const [samsSession, carolsSession] = [
      world.session(sam.identity, deviceOf('Sam')),
      world.session(carol.identity, deviceOf('Carol')),
    ];
    const log = recordDirectory(samsSession);
    const carols = recordDirectory(carolsSession);
    await Promise.all([connected(log), connected(carols)]);
    await world.setDown(true);
    await Promise.all([log, carols].map((each) => each.first(({ kind }) => kind === 'disconnected')));
    samsSession.watch([carol.identity]);
    carolsSession.announce(at(5003));
    const before = log.all.length;
    await world.setDown(false);
    await connected(log, before);
    const online = await presenceOf(log, carol.identity, ({ endpoints }) => endpoints.length > 0, before);
    assert.deepEqual(online.endpoints, at(5003));
    const reasons = log.all.flatMap((event) => (event.kind === 'disconnected' ? [event.why] : []));
    assert.deepEqual(reasons, ['unreachable']);
  });

  contract('connects to a server that comes later', async (world) => {
    const sam = await world.register('Sam');
    await world.setDown(true);
    const log = recordDirectory(world.session(sam.identity, deviceOf('Sam')));
    assert.deepEqual(await log.first(() => true), { kind: 'disconnected', why: 'unreachable' });
    await world.setDown(false);
    await connected(log);
  });

  contract('ends the older session of an identity for good', async (world) => {
    const sam = await world.register('Sam');
    const older = recordDirectory(world.session(sam.identity, deviceOf('old')));
    await connected(older);
    const newer = recordDirectory(world.session(sam.identity, deviceOf('new'), true));
    await connected(newer);
    await older.first((event) => event.kind === 'disconnected' && event.why === 'replaced');
    await world.setDown(true);
    await newer.first(({ kind }) => kind === 'disconnected');
    await world.setDown(false);
    await connected(newer, 2);
    assert.equal(older.all.length, 2);
  });

  contract('leaves an account to the device that took over, unless the person is asking', async (world) => {
    const sam = await world.register('Sam');
    const old = world.session(sam.identity, deviceOf('old'));
    await connected(recordDirectory(old));
    await old.stop(false);
    const taken = world.session(sam.identity, deviceOf('new'), true);
    await connected(recordDirectory(taken));
    await taken.stop(true);
    await world.setDown(true);
    await world.setDown(false);
    const woken = recordDirectory(world.session(sam.identity, deviceOf('old')));
    assert.deepEqual(await woken.first(() => true), { kind: 'disconnected', why: 'replaced' });
    const reloaded = recordDirectory(world.session(sam.identity, deviceOf('new')));
    await connected(reloaded);
    await connected(recordDirectory(world.session(sam.identity, deviceOf('old'), true)));
    await reloaded.first((event) => event.kind === 'disconnected' && event.why === 'replaced');
  });

  contract('does not go on without an account', async (world) => {
    const log = recordDirectory(world.session(world.unknownIdentity(), deviceOf('Nobody')));
    assert.deepEqual(await log.first(() => true), { kind: 'disconnected', why: 'not-registered' });
  });

  contract('tells nothing after stop', async (world) => {
    const sam = await world.register('Sam');
    const session = world.session(sam.identity, deviceOf('Sam'));
    const log = recordDirectory(session);
    await connected(log);
    await session.stop(true);
    await world.register('Carol');
    await world.setDown(true);
    assert.equal(log.all.length, 1);
    await session.stop(true);
  });
}
