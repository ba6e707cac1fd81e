import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UnknownContactError } from '../../src/core/errors.ts';
import type { DeliveryReport } from '../../src/core/delivery.ts';
import { LinkClose } from '@p2p-chat/protocol/link';
import { HANDSHAKE_TIMEOUT_MS } from '@p2p-chat/protocol/limits';
import { fingerprintNamed } from '../support/envelopes.ts';
import { type Person, samOpenToCarol, type World } from './world.ts';

const report = (sam: Person, carol: Person): DeliveryReport => sam.chat.deliveryReport(carol.identity);

/** Sam, with a link to Carol, whose network then fails while the server calls her online; and he has written. */
async function samCutOff(): Promise<{ world: World; sam: Person; carol: Person }> {
  const people = await samOpenToCarol();
  people.world.networkUp = false;
  people.world.cutAll();
  await people.sam.write(people.carol, 'hello?');
  // The pause before the first attempt.
  await people.world.clock.advance(1_500);
  return people;
}

describe('the report of a delivery', () => {
  it('of a contact whom nobody blocked and everybody reaches says that there is a link', async () => {
    const { sam, carol } = await samOpenToCarol();
    const { linked, presence, waiting, trying, nextAt, addresses } = report(sam, carol);
    assert.deepEqual(
      { linked, presence, waiting, trying, nextAt, addresses },
      { linked: true, presence: 'online', waiting: 0, trying: false, nextAt: null, addresses: [] },
    );
  });

  it('names the address, the step and the fault while the server calls the contact online', async () => {
    const { world, sam, carol } = await samCutOff();
    const shown = report(sam, carol);
    assert.equal(shown.presence, 'online');
    assert.equal(shown.waiting, 1);
    assert.equal(shown.triedAt, world.clock.now());
    assert.ok(shown.nextAt !== null && shown.nextAt > world.clock.now());
    assert.deepEqual(shown.addresses, [
      {
        endpoint: carol.presence.endpoints[0],
        passed: [],
        failed: { step: 'tcp', ms: 1, fault: 'refused' },
      },
    ]);
  });

  it('says that the hello is what is missing where the contact is reached and says nothing', async () => {
    const { world, sam, carol } = await samCutOff();
    world.networkUp = true;
    carol.chat.accept = () => Promise.resolve();
    sam.chat.tryNow(carol.identity);
    await world.clock.settle();
    assert.equal(report(sam, carol).trying, true);
    await world.clock.advance(HANDSHAKE_TIMEOUT_MS);
    const [address] = report(sam, carol).addresses;
    assert.deepEqual(
      address?.passed.map(({ step }) => step),
      ['tcp', 'tls', 'identity', 'websocket'],
    );
    assert.deepEqual(address.failed, { step: 'hello', ms: HANDSHAKE_TIMEOUT_MS, fault: 'silent' });
  });

  it('keeps no attempt of before the contact went or came', async () => {
    const { sam, carol } = await samCutOff();
    await carol.goOffline();
    assert.deepEqual(
      report(sam, carol).addresses.map(({ failed }) => failed),
      [null],
    );
    await carol.goOnline();
    assert.deepEqual(
      report(sam, carol).addresses.map(({ failed }) => failed?.fault),
      ['refused'],
    );
  });

  it('says when the next attempt comes, and tries at once when asked to, with short pauses again', async () => {
    const { world, sam, carol } = await samCutOff();
    await world.clock.advance(120_000);
    const before = report(sam, carol).nextAt ?? 0;
    assert.ok(before - world.clock.now() > 10_000);
    const dials = sam.dials;
    assert.equal(sam.chat.tryNow(carol.identity).trying, true);
    assert.equal(sam.dials, dials + 1);
    await world.clock.settle();
    const next = report(sam, carol).nextAt ?? 0;
    assert.ok(next - world.clock.now() <= 2_000);
    world.networkUp = true;
    sam.chat.tryNow(carol.identity);
    await world.clock.settle();
    assert.equal(report(sam, carol).linked, true);
    assert.deepEqual(sam.states(carol), ['delivered']);
  });

  it('tells what stands in the way on this side, and dials nobody for being asked to', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    await sam.goOffline();
    const dials = sam.dials;
    assert.equal(sam.chat.tryNow(carol.identity).obstacle, 'offline');
    sam.chat.decisions.setStanding(carol.identity, 'blocked');
    await sam.goOnline();
    assert.equal(sam.chat.tryNow(carol.identity).obstacle, 'not-accepted');
    await world.clock.settle();
    assert.equal(sam.dials, dials);
    assert.throws(() => sam.chat.deliveryReport(fingerprintNamed('nobody')), UnknownContactError);
  });

  it('is of nobody who is no contact', async () => {
    const { sam } = await samOpenToCarol();
    assert.throws(() => sam.chat.tryNow(fingerprintNamed('nobody')), UnknownContactError);
  });
});

/** What somebody who is blocked, and somebody whose contact is away, see of it: the same, at every moment. */
describe('the report of somebody who blocked', () => {
  /** Everything that shows of Carol in Sam's editor, second by second, while `live` happens after Carol is gone. */
  const watched = async (
    leave: (carol: Person, sam: Person) => Promise<void> | void,
    live: (parts: { world: World; sam: Person; carol: Person }) => Promise<void>,
  ): Promise<string[]> => {
    const parts = await samOpenToCarol();
    const { world, sam, carol } = parts;
    const start = world.clock.now();
    await world.clock.advance(30_000);
    await leave(carol, sam);
    await world.clock.settle();
    await sam.write(carol, 'hello?');
    const seen: string[] = [];
    const look = (): void => {
      const { nextAt, triedAt, lastSeen, addresses, ...rest } = report(sam, carol);
      const since = (at: number | null): number | null => (at === null ? null : at - start);
      const { presence, lastSeen: shown } = sam.view(carol.identity) ?? assert.fail('no contact');
      seen.push(
        JSON.stringify({
          ...rest,
          nextAt: since(nextAt),
          triedAt: since(triedAt),
          lastSeen: since(lastSeen),
          addresses: addresses.map(({ endpoint, passed, failed }) => [endpoint.port, passed, failed]),
          tree: [presence, since(shown)],
          states: sam.states(carol),
          notices: sam.seen.notices.map(({ kind }) => kind),
          dials: sam.dials,
          log: sam.seen.log.slice(-3),
        }),
      );
    };
    const tick = async (seconds: number): Promise<void> => {
      for (let second = 0; second < seconds; second += 1) {
        look();
        await world.clock.advance(1_000);
      }
    };
    await tick(120);
    sam.chat.tryNow(carol.identity);
    look();
    await tick(10);
    for (let press = 0; press < 5; press += 1) {
      sam.chat.tryNow(carol.identity);
      await tick(1);
    }
    await live(parts);
    look();
    await tick(120);
    return seen;
  };
  const blocks = (carol: Person, sam: Person): void => {
    carol.chat.decisions.setStanding(sam.identity, 'blocked');
  };
  const goes = (carol: Person): Promise<void> => carol.goOffline();
  const nothing = (): Promise<void> => Promise.resolve();

  it('is that of somebody away: every word, order and time, whatever is tried', async () => {
    const [blocked, away] = [await watched(blocks, nothing), await watched(goes, nothing)];
    assert.deepEqual(blocked, away);
    assert.match(away.at(-1) ?? '', /"presence":"offline".*"addresses":\[\[5002,\[\],null\]\]/);
  });

  it('is that also while the server cannot be asked, and after', async () => {
    const lose = async ({ world, sam }: { world: World; sam: Person }): Promise<void> => {
      world.serverUp = false;
      sam.chat.directoryDisconnected();
      await world.clock.advance(90_000);
      sam.chat.tryNow(sam.chat.contacts[0]?.id ?? '');
      await world.clock.advance(500);
    };
    const regain = async (parts: { world: World; sam: Person; carol: Person }): Promise<void> => {
      await lose(parts);
      parts.world.serverUp = true;
      await parts.sam.chat.directoryConnected();
    };
    for (const live of [lose, regain]) {
      assert.deepEqual(await watched(blocks, live), await watched(goes, live));
    }
  });

  it('names no address that was heard of later', async () => {
    const seen = await watched(blocks, async ({ world, sam, carol }) => {
      carol.move();
      sam.chat.presence(carol.presence);
      await world.clock.settle();
    });
    const ports = seen.map((line) => /"addresses":\[\[(\d+)/.exec(line)?.[1]);
    assert.equal(new Set(ports).size, 1);
  });

  it('shows nothing of a round before it is known that it leads nowhere', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    blocks(carol, sam);
    await world.clock.settle();
    await sam.write(carol, 'hello?');
    // Carol's editor is opened anew: the server says so, and Sam's finds out that nothing has changed.
    const seen: DeliveryReport[] = [];
    const dial = sam.dials;
    await carol.goOffline();
    await carol.goOnline();
    seen.push(report(sam, carol));
    assert.ok(sam.dials > dial);
    await world.clock.settle();
    seen.push(report(sam, carol));
    for (const { addresses } of seen)
      assert.ok(addresses.every(({ passed, failed }) => passed.length === 0 && failed === null));
    assert.equal(seen.at(-1)?.presence, 'offline');
    assert.ok(sam.seen.log.every((line) => !line.includes(String(LinkClose.unavailable))));
  });
});
