import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { samOpenToCarol, World } from './world.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;

async function samAndCarol() {
  const world = new World();
  const [sam, carol] = [world.person('Sam'), world.person('Carol')];
  await sam.goOnline();
  await carol.goOnline();
  await world.introduce(carol);
  sam.open(carol);
  await sam.write(carol, 'old');
  await world.clock.settle();
  return { world, sam, carol };
}

describe('what a person deletes', () => {
  it('is gone with one contact, but for what waits, which is delivered', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    await sam.write(carol, 'said');
    await carol.write(sam, 'answered');
    await carol.goOffline();
    await sam.write(carol, 'held');
    sam.chat.decisions.clearHistory(carol.identity);
    assert.deepEqual(sam.conversation(carol), ['Sam: held']);
    assert.deepEqual([sam.seen.contacts.get(carol.identity)?.unread, sam.chat.contacts.length], [0, 1]);
    assert.deepEqual(sam.seen.forgotten, [Number.MAX_SAFE_INTEGER]);
    await carol.goOnline();
    await world.clock.advance(20_000);
    assert.deepEqual(carol.conversation(sam), ['Sam: said', 'Carol: answered', 'Sam: held']);
    sam.chat.decisions.clearHistory(null);
    assert.deepEqual(sam.conversation(carol), []);
  });
});

describe('how long messages are kept', () => {
  it('is for ever, unless the person says for how many days', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.chat.configure({
      acceptMessagesFrom: 'everyone',
      keepHistoryDays: 0,
      sendReadReceipts: true,
      sendTypingIndicator: true,
      localDiscovery: false,
    });
    world.clock.jump(1_000 * DAY_MS);
    await world.clock.advance(2 * 60 * 60 * 1_000);
    assert.deepEqual(sam.conversation(carol), ['Sam: old']);
  });

  it('counts at once when a peer starts, and every hour from then on', async () => {
    const { world, sam, carol } = await samAndCarol();
    world.clock.jump(2 * DAY_MS);
    await sam.write(carol, 'newer');
    await world.clock.settle();
    carol.chat.configure({
      acceptMessagesFrom: 'everyone',
      keepHistoryDays: 1,
      sendReadReceipts: true,
      sendTypingIndicator: true,
      localDiscovery: false,
    });
    await world.clock.settle();
    assert.deepEqual(carol.conversation(sam), ['Sam: newer']);
    assert.equal(carol.view(sam.identity)?.unread, 1);
    world.clock.jump(DAY_MS);
    await world.clock.advance(60 * 60 * 1_000);
    assert.deepEqual(carol.conversation(sam), []);
    assert.equal(carol.seen.contacts.get(sam.identity)?.unread, 0);
    assert.deepEqual(sam.conversation(carol), ['Sam: old', 'Sam: newer']);
  });

  it('is another number a minute after that is said: whoever types 30 has typed 3 before', async () => {
    const { world, sam, carol } = await samAndCarol();
    const keep = (keepHistoryDays: number): void =>
      carol.chat.configure({
        acceptMessagesFrom: 'everyone',
        keepHistoryDays,
        sendReadReceipts: true,
        sendTypingIndicator: true,
        localDiscovery: true,
      });
    keep(0);
    world.clock.jump(10 * DAY_MS);
    keep(3);
    await world.clock.advance(50_000);
    keep(30);
    await world.clock.advance(2 * 60 * 60 * 1_000);
    assert.deepEqual(carol.conversation(sam), ['Sam: old']);
    keep(3);
    await world.clock.advance(61_000);
    assert.deepEqual(carol.conversation(sam), []);
  });

  it('tells windows up to when all is gone, once for each time that there was any', async () => {
    const { world, sam, carol } = await samAndCarol();
    world.clock.jump(2 * DAY_MS);
    const day = world.clock.now() - DAY_MS;
    carol.chat.configure({
      acceptMessagesFrom: 'everyone',
      keepHistoryDays: 1,
      sendReadReceipts: true,
      sendTypingIndicator: true,
      localDiscovery: false,
    });
    await world.clock.settle();
    assert.deepEqual(carol.seen.forgotten, [day]);
    assert.deepEqual(carol.conversation(sam), []);
    await world.clock.advance(3 * 60 * 60 * 1_000);
    assert.deepEqual(carol.seen.forgotten, [day]);
  });

  it('does not touch what waits for somebody who is away', async () => {
    const { world, sam, carol } = await samAndCarol();
    await carol.goOffline();
    await sam.write(carol, 'held');
    world.clock.jump(100 * DAY_MS);
    sam.chat.configure({
      acceptMessagesFrom: 'everyone',
      keepHistoryDays: 1,
      sendReadReceipts: true,
      sendTypingIndicator: true,
      localDiscovery: false,
    });
    await world.clock.settle();
    assert.deepEqual(sam.conversation(carol), ['Sam: held']);
    await carol.goOnline();
    await world.clock.settle();
    assert.equal(carol.conversation(sam).at(-1), 'Sam: held');
  });

  it('is not by a clock that jumped by more than a month, until it has shown such a time for a day', async () => {
    const { world, sam, carol } = await samAndCarol();
    const keep = (): void =>
      carol.chat.configure({
        acceptMessagesFrom: 'everyone',
        keepHistoryDays: 30,
        sendReadReceipts: true,
        sendTypingIndicator: true,
        localDiscovery: false,
      });
    keep();
    world.clock.jump(5_000 * DAY_MS);
    await world.clock.advance(20 * 60 * 60 * 1_000);
    assert.deepEqual(carol.conversation(sam), ['Sam: old']);
    world.clock.jump(-5_000 * DAY_MS);
    await world.clock.advance(48 * 60 * 60 * 1_000);
    assert.deepEqual(carol.conversation(sam), ['Sam: old']);
    world.clock.jump(31 * DAY_MS);
    await world.clock.advance(23 * 60 * 60 * 1_000);
    assert.deepEqual(carol.conversation(sam), ['Sam: old']);
    await world.clock.advance(3 * 60 * 60 * 1_000);
    assert.deepEqual(carol.conversation(sam), []);
  });

  it('leaves no timer when the peer stops', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.chat.configure({
      acceptMessagesFrom: 'everyone',
      keepHistoryDays: 1,
      sendReadReceipts: true,
      sendTypingIndicator: true,
      localDiscovery: false,
    });
    sam.chat.stop();
    carol.chat.stop();
    await world.clock.settle();
    assert.equal(world.clock.pending, 0);
  });
});
