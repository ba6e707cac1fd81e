import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newMessageId } from '../support/envelopes.ts';
import { World } from './world.ts';

describe('what is written in one tick', () => {
  it('in several workspaces is read in the order in which it was written', async () => {
    const world = new World();
    const [sam, carol] = [world.person('Sam'), world.person('Carol')];
    await carol.goOnline();
    await sam.goOnline();
    const folders = ['/a', null, '/a', '/b', '/b', null];
    await Promise.all(folders.map((folder, index) => sam.write(carol, `message ${index}`, folder)));
    assert.deepEqual(
      carol.conversation(sam),
      folders.map((_, index) => `Sam: message ${index}`),
    );
    assert.equal(sam.waiting, 0);
  });

  it('and asked for twice, by two windows of one installation, is one message', async () => {
    const world = new World();
    const [sam, carol] = [world.person('Sam'), world.person('Carol')];
    await carol.goOnline();
    await sam.goOnline();
    const asked = ['/a', '/b', '/a'].map((folder, index) => ({
      id: newMessageId(),
      contact: carol.identity,
      text: `message ${index}`,
      folder,
    }));
    const [first] = asked;
    assert.ok(first);
    const answers = Promise.all([...asked, { ...first, folder: '/b' }].map((each) => sam.chat.write(each)));
    await world.clock.settle();
    const views = await answers;
    assert.deepEqual(views[3], views[0]);
    assert.deepEqual(carol.conversation(sam), ['Sam: message 0', 'Sam: message 1', 'Sam: message 2']);
    assert.equal(sam.waiting, 0);
  });
});
