import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TYPING_TOLD_EVERY_MS } from '@p2p-chat/protocol/limits';
import type { Preferences } from '../../src/core/views.ts';
import { samAndCarol, samOpenToCarol } from './world.ts';

const telling: Preferences = {
  acceptMessagesFrom: 'everyone',
  keepHistoryDays: 0,
  sendReadReceipts: false,
  sendTypingIndicator: true,
  localDiscovery: false,
};

describe('somebody who is writing', () => {
  it('is seen by an accepted contact, so often and no more', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    sam.chat.configure(telling);
    await sam.write(carol, 'hello');
    await carol.write(sam, 'hi');
    for (let key = 0; key < 10; key += 1) sam.chat.writing(carol.identity);
    await world.clock.settle();
    assert.deepEqual(carol.seen.typing, [sam.identity]);
    await world.clock.advance(TYPING_TOLD_EVERY_MS);
    sam.chat.writing(carol.identity);
    await world.clock.settle();
    assert.equal(carol.seen.typing.length, 2);
  });

  it('is seen again at once after each message', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    sam.chat.configure(telling);
    await sam.write(carol, 'hello');
    await carol.write(sam, 'hi');
    for (let message = 1; message <= 3; message += 1) {
      sam.chat.writing(carol.identity);
      await world.clock.settle();
      assert.equal(carol.seen.typing.length, message);
      await sam.write(carol, 'and');
    }
  });

  it('is not seen where the person does not want it, and not by whoever was not accepted', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    await sam.write(carol, 'hello');
    sam.chat.configure(telling);
    sam.chat.writing(carol.identity);
    await world.clock.settle();
    assert.deepEqual(carol.seen.typing, [], 'of a request nothing is shown but what it says');
    await carol.write(sam, 'hi');
    sam.chat.configure({ ...telling, sendTypingIndicator: false });
    await world.clock.advance(TYPING_TOLD_EVERY_MS);
    sam.chat.writing(carol.identity);
    await world.clock.settle();
    assert.deepEqual(carol.seen.typing, []);
  });

  it('opens no link for it', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.chat.configure(telling);
    sam.chat.writing(carol.identity);
    await world.clock.settle();
    assert.deepEqual([sam.chat.contacts, carol.seen.typing], [[], []]);
  });
});
