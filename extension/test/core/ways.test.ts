import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FIRST_TRY_AFTER_MS } from '../../src/core/direct-tries.ts';
import { DirectoryUnavailable } from '../../src/core/net-ports.ts';
import { DIAL_BACK_MS, DIRECT_ALONE_MS } from '../../src/core/ways.ts';
import { type Person, World } from './world.ts';

/** Sam and Carol, online on a server that helps them; Sam has asked for nothing yet. */
async function people(offers = { dialBack: true, relay: true }): Promise<{
  world: World;
  sam: Person;
  carol: Person;
}> {
  const world = new World();
  world.offers = offers;
  const [sam, carol] = [world.person('Sam'), world.person('Carol')];
  await sam.goOnline();
  await carol.goOnline();
  for (const [one, other] of [
    [sam, carol],
    [carol, sam],
  ] as const) {
    one.chat.account(other.presence);
    one.chat.open(other.identity, one.window, 1, true);
    one.chat.close(one.window);
  }
  await world.clock.settle();
  world.cutAll();
  await world.clock.settle();
  return { world, sam, carol };
}

/** Nobody else is let through. */
const only =
  (...[from, to]: [] | [Person, Person]) =>
  (dialler: Person, dialled: Person): boolean =>
    dialler === from && dialled === to;

const path = (one: Person, other: Person): string | null | undefined => one.view(other.identity)?.path;

describe('somebody whose contact', () => {
  it('answers at an address asks nobody for anything', async () => {
    const { world, sam, carol } = await people();
    await sam.write(carol, 'hello');
    await world.clock.advance(1_000);
    assert.deepEqual(sam.asked, []);
    assert.deepEqual([path(sam, carol), path(carol, sam)], ['direct', 'direct']);
  });

  it('cannot be dialled, but dials, is called back', async () => {
    const { world, sam, carol } = await people();
    world.lets = only(carol, sam);
    await sam.write(carol, 'hello');
    await world.clock.settle();
    assert.deepEqual(sam.asked, ['dial-back']);
    assert.deepEqual(sam.states(carol), ['delivered']);
    assert.equal(path(sam, carol), 'direct');
    await world.clock.advance(DIAL_BACK_MS);
    assert.deepEqual(sam.asked, ['dial-back'], 'and wants no relay then');
  });

  it('and who reach each other not at all meet in the relay', async () => {
    const { world, sam, carol } = await people();
    world.lets = only();
    await sam.write(carol, 'hello');
    await world.clock.settle();
    assert.deepEqual(sam.states(carol), ['sending']);
    await world.clock.advance(DIAL_BACK_MS);
    assert.deepEqual(sam.asked, ['dial-back', 'relay']);
    assert.deepEqual(sam.states(carol), ['delivered']);
    assert.deepEqual([path(sam, carol), path(carol, sam)], ['relayed', 'relayed']);
    assert.equal(sam.chat.deliveryReport(carol.identity).path, 'relayed');
    assert.ok(sam.seen.log.some((line) => line.endsWith('(dialled through the relay)')));
  });

  it('is reached by no way at all is told of with each that was gone', async () => {
    const { world, sam, carol } = await people();
    world.lets = only();
    sam.directory.relay = () => Promise.reject(new DirectoryUnavailable('nobody came'));
    await sam.write(carol, 'hello');
    await world.clock.advance(DIAL_BACK_MS);
    const report = sam.chat.deliveryReport(carol.identity);
    assert.deepEqual(report.detours, ['dial-back', 'relay']);
    assert.equal(report.addresses.length, 1);
    await carol.goOffline();
    await world.clock.settle();
    assert.deepEqual(sam.chat.deliveryReport(carol.identity).detours, [], 'not of somebody who is away');
  });

  it('is reached at an address has not to wait for a server that says nothing', async () => {
    const { world, sam, carol } = await people();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    world.slowDials = promise;
    sam.directory.dialBack = () => {
      sam.asked.push('dial-back');
      return new Promise(() => undefined);
    };
    await sam.write(carol, 'hello');
    await world.clock.advance(DIRECT_ALONE_MS);
    assert.deepEqual(sam.asked, ['dial-back']);
    resolve(undefined);
    await world.clock.settle();
    assert.deepEqual(sam.states(carol), ['delivered']);
  });

  it('has the time to dial back, though what was dialled before fails meanwhile', async () => {
    const { world, sam, carol } = await people();
    world.lets = only();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    world.slowDials = promise;
    await sam.write(carol, 'hello');
    await world.clock.advance(DIRECT_ALONE_MS + 1);
    resolve(undefined);
    await world.clock.advance(DIAL_BACK_MS - 2);
    assert.deepEqual(sam.asked, ['dial-back']);
    await world.clock.advance(1);
    assert.deepEqual(sam.asked, ['dial-back', 'relay']);
  });

  it('and who ask for the relay at the same moment have one link, and each message once', async () => {
    const { world, sam, carol } = await people();
    world.lets = only();
    await Promise.all([sam.write(carol, 'hello'), carol.write(sam, 'hello to you')]);
    await world.clock.advance(2 * DIAL_BACK_MS);
    assert.deepEqual([path(sam, carol), path(carol, sam)], ['relayed', 'relayed']);
    assert.deepEqual([sam.states(carol), carol.states(sam)], [['delivered'], ['delivered']]);
    assert.deepEqual(new Set(sam.conversation(carol)), new Set(['Sam: hello', 'Carol: hello to you']));
    assert.deepEqual(sam.asked, ['dial-back', 'relay']);
  });

  it('is called offline by the server is asked for nothing', async () => {
    const { world, sam, carol } = await people();
    await carol.goOffline();
    await sam.write(carol, 'hello');
    await world.clock.advance(60_000);
    assert.deepEqual(sam.asked, []);
  });

  it('cannot be reached on a server that does nothing about it is dialled as ever', async () => {
    const { world, sam, carol } = await people({ dialBack: false, relay: false });
    world.lets = only();
    await sam.write(carol, 'hello');
    await world.clock.advance(60_000);
    assert.deepEqual(sam.asked, []);
    assert.deepEqual(sam.states(carol), ['held']);
    world.lets = () => true;
    await world.clock.advance(60_000);
    assert.deepEqual(sam.states(carol), ['delivered']);
  });
});

describe('a call to dial back', () => {
  it('is followed for whom the person wrote to, opened or accepted, and for nobody else', async () => {
    const { world, sam, carol } = await people();
    const eve = world.person('Eve');
    await eve.goOnline();
    const call = (from: Person): Promise<void> => {
      carol.chat.dialBack({ identity: from.identity, endpoints: from.presence.endpoints });
      return world.clock.settle();
    };
    const dials = carol.dials;
    await call(eve);
    assert.equal(carol.dials, dials, 'a stranger');
    await eve.write(carol, 'a request').catch(() => undefined);
    await call(eve);
    assert.equal(carol.dials, dials, 'somebody who asks');
    carol.chat.decisions.setStanding(sam.identity, 'blocked');
    await call(sam);
    assert.equal(carol.dials, dials, 'somebody who is blocked');
    carol.chat.decisions.setStanding(sam.identity, 'unblocked');
    await call(sam);
    assert.equal(carol.dials, dials + 1);
    assert.equal(path(carol, sam), 'direct');
  });

  it('leads to no link with somebody who was blocked while it was followed', async () => {
    const { world, sam, carol } = await people();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    world.slowDials = promise;
    carol.chat.dialBack({ identity: sam.identity, endpoints: sam.presence.endpoints });
    await world.clock.settle();
    carol.chat.decisions.setStanding(sam.identity, 'blocked');
    resolve(undefined);
    await world.clock.settle();
    assert.deepEqual([path(carol, sam), path(sam, carol)], [null, null]);
  });

  it('that comes while one is followed is followed after it, where it says', async () => {
    const { world, sam, carol } = await people();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    world.slowDials = promise;
    carol.chat.dialBack({ identity: sam.identity, endpoints: sam.presence.endpoints });
    await world.clock.settle();
    sam.move();
    carol.chat.dialBack({ identity: sam.identity, endpoints: sam.presence.endpoints });
    await world.clock.settle();
    world.slowDials = null;
    resolve(undefined);
    await world.clock.settle();
    assert.equal(path(carol, sam), 'direct');
  });

  it('is not followed while this person is offline, nor faster than it makes sense', async () => {
    const { world, sam, carol } = await people();
    world.networkUp = false;
    const call = { identity: sam.identity, endpoints: sam.presence.endpoints };
    await carol.goOffline();
    const dials = carol.dials;
    carol.chat.dialBack(call);
    await world.clock.settle();
    assert.equal(carol.dials, dials);
    await carol.goOnline();
    for (let call_ = 0; call_ < 100; call_ += 1) {
      carol.chat.dialBack(call);
      await world.clock.settle();
    }
    assert.ok(carol.dials - dials <= 3, `${carol.dials - dials} times`);
  });
});

describe('a link through a relay', () => {
  /** Sam and Carol, linked through the relay. */
  async function relayed(): Promise<{ world: World; sam: Person; carol: Person }> {
    const parts = await people();
    parts.world.lets = only();
    await parts.sam.write(parts.carol, 'first');
    await parts.world.clock.advance(DIAL_BACK_MS);
    assert.equal(path(parts.sam, parts.carol), 'relayed');
    return parts;
  }

  it('is replaced once there is a way without, after pauses that grow', async () => {
    const { world, sam, carol } = await relayed();
    const dials = sam.dials;
    await world.clock.advance(10 * 60_000);
    assert.ok(sam.dials - dials >= 4 && sam.dials - dials <= 6, `${sam.dials - dials} times`);
    assert.deepEqual(sam.asked, ['dial-back', 'relay']);
    world.lets = only(carol, sam);
    await world.clock.advance(20 * 60_000);
    assert.deepEqual([path(sam, carol), path(carol, sam)], ['direct', 'direct']);
    const after = carol.dials;
    await world.clock.advance(30 * 60_000);
    assert.equal(carol.dials, after, 'and then it is left alone');
  });

  it('is replaced at once when there are other addresses, here or there', async () => {
    for (const change of ['here', 'there'] as const) {
      const { world, sam, carol } = await relayed();
      world.lets = only(sam, carol);
      if (change === 'here') sam.chat.networkChanged();
      else {
        carol.move();
        sam.chat.presence(carol.presence);
      }
      await world.clock.settle();
      assert.equal(path(sam, carol), 'direct', change);
    }
  });

  it('loses nothing and doubles nothing when it is replaced in the middle of a thousand messages', async () => {
    const { world, sam, carol } = await relayed();
    const texts: string[] = ['first'];
    for (let n = 0; n < 1_000; n += 1) {
      texts.push(`message ${n}`);
      void sam.write(carol, `message ${n}`);
      if (n === 300) {
        world.lets = () => true;
        await world.clock.advance(FIRST_TRY_AFTER_MS * 1.25);
      }
      if (n === 600) {
        world.lets = only();
        world.cutAll();
        await world.clock.advance(2 * DIAL_BACK_MS);
      }
    }
    await world.clock.advance(2 * DIAL_BACK_MS);
    assert.equal(path(sam, carol), 'relayed');
    assert.deepEqual(
      carol.conversation(sam),
      texts.map((text) => `Sam: ${text}`),
    );
    assert.ok(sam.states(carol).every((state) => state === 'delivered'));
  });

  it('does not have this device dial somebody who only asks to write', async () => {
    const { world, sam } = await people();
    const eve = world.person('Eve');
    await eve.goOnline();
    world.lets = only();
    eve.chat.account(sam.presence);
    void eve.write(sam, 'may I?');
    await world.clock.advance(DIAL_BACK_MS);
    assert.equal(sam.view(eve.identity)?.standing, 'request');
    assert.equal(path(sam, eve), 'relayed');
    const dials = sam.dials;
    await world.clock.advance(5 * 60_000);
    assert.equal(sam.dials, dials);
    sam.chat.decisions.setStanding(eve.identity, 'accepted');
    world.lets = only(sam, eve);
    await world.clock.advance(2 * FIRST_TRY_AFTER_MS);
    assert.equal(path(sam, eve), 'direct', 'once they are accepted');
  });
});

describe('somebody who is blocked and reaches nobody but through the relay', () => {
  it('sees what they would see if the other had gone, and asks for nothing more', async () => {
    const { world, sam, carol } = await people();
    world.lets = only();
    carol.chat.decisions.setStanding(sam.identity, 'blocked');
    await sam.write(carol, 'hello?');
    await world.clock.advance(DIAL_BACK_MS);
    assert.equal(sam.view(carol.identity)?.presence, 'offline');
    assert.deepEqual(sam.states(carol), ['held']);
    const { addresses } = sam.chat.deliveryReport(carol.identity);
    assert.ok(addresses.every(({ failed, passed }) => failed === null && passed.length === 0));
    await world.clock.advance(120_000);
    assert.deepEqual(sam.asked, ['dial-back', 'relay']);
    assert.deepEqual(carol.conversation(sam), []);
  });
});
