import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { World, type Person } from './world.ts';

const DAY = 24 * 3_600_000;

/** Sam and Carol, both online; Sam writes first and both are accepted. */
async function samAndCarol(skew = 0): Promise<{ world: World; sam: Person; carol: Person }> {
  const world = new World();
  const [sam, carol] = [world.person('Sam'), world.person('Carol', undefined, { skew })];
  await sam.goOnline();
  await carol.goOnline();
  sam.chat.account(carol.presence);
  sam.open(carol);
  await sam.write(carol, 'hello');
  carol.chat.decisions.setStanding(sam.identity, 'accepted');
  await world.clock.settle();
  return { world, sam, carol };
}

const seen = (person: Person, other: Person): (string | null)[] =>
  person.chat.older(other.identity, null, 100).messages.map(({ text }) => text);

describe('somebody who comes to another network', () => {
  it('is dialled there as soon as that is known, and gets at once what was held', async () => {
    const { world, sam, carol } = await samAndCarol();
    world.cutAll();
    carol.move();
    await world.clock.settle();
    await sam.write(carol, 'where are you?');
    assert.deepEqual(sam.states(carol), ['delivered', 'sending'], 'nobody answers where she was');
    const before = world.clock.now();
    world.announce(carol);
    await world.clock.settle();
    assert.deepEqual(sam.states(carol), ['delivered', 'delivered']);
    assert.equal(world.clock.now(), before, 'no pause was waited for');
  });
});

describe('somebody whose clock is wrong', () => {
  for (const days of [-400, -3, 3, 400]) {
    it(`by ${days} days is talked with as anybody else is`, async () => {
      const { world, sam, carol } = await samAndCarol(days * DAY);
      const written = ['hello'];
      for (let i = 0; i < 6; i++) {
        const [from, to] = i % 2 === 0 ? [carol, sam] : [sam, carol];
        await from.write(to, String(i));
        written.push(String(i));
        await world.clock.advance(60_000);
      }
      for (const [person, other] of [
        [sam, carol],
        [carol, sam],
      ] as const) {
        assert.deepEqual(seen(person, other), written, 'in the order in which they came');
        assert.deepEqual(new Set(person.states(other)), new Set(['delivered']));
        const { messages } = person.chat.older(other.identity, null, 100);
        const stored = messages.map(({ storedAt }) => storedAt);
        assert.deepEqual(
          stored,
          stored.toSorted((one, other) => one - other),
          "by this machine's own clock",
        );
        const view = person.view(other.identity);
        assert.equal(view?.lastMessageAt, stored.at(-1));
        assert.equal(view?.linked, true);
      }
      const mine = sam.chat.older(carol.identity, null, 100).messages.filter((message) => !message.mine);
      for (const { writtenAt, storedAt } of mine) assert.equal(writtenAt - storedAt, days * DAY);
    });
  }

  it('and is set right in the middle has lost nothing and is not called away', async () => {
    const { world, sam, carol } = await samAndCarol(3 * DAY);
    await carol.write(sam, 'three days ahead');
    carol.skew = 0;
    await carol.write(sam, 'set right');
    await sam.write(carol, 'good');
    await world.clock.advance(60_000);
    for (const [person, other] of [
      [sam, carol],
      [carol, sam],
    ] as const) {
      assert.deepEqual(seen(person, other), ['hello', 'three days ahead', 'set right', 'good']);
      assert.ok(person.seen.notices.every(({ kind }) => kind !== 'away'));
      assert.equal(person.view(other.identity)?.linked, true);
    }
  });
});
