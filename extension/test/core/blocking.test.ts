import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LinkClose } from '@p2p-chat/protocol/link';
import { ContactBlockedError, ContactStateError } from '../../src/core/errors.ts';
import { ScriptedPeer } from './scripted-peer.ts';
import { samAsked } from './unmet-people.ts';
import { type Person, samAndCarol } from './world.ts';

describe('somebody who is blocked', () => {
  async function carolBlocksSam() {
    const parts = await samAsked();
    parts.carol.chat.decisions.setStanding(parts.sam.identity, 'accepted');
    parts.carol.open(parts.sam);
    await parts.world.clock.settle();
    parts.carol.chat.decisions.setStanding(parts.sam.identity, 'blocked');
    await parts.world.clock.settle();
    return parts;
  }

  it('is cut off and let in no more, is never dialled, and cannot be written to', async () => {
    const { world, sam, carol } = await carolBlocksSam();
    assert.equal(carol.view(sam.identity)?.linked, false);
    const before = carol.dials;
    const peer = await new ScriptedPeer(world, carol, sam).greet();
    assert.equal(peer.closed, LinkClose.unavailable);
    assert.deepEqual(peer.frames, []);
    await world.clock.advance(300_000);
    assert.equal(carol.dials, before);
    await assert.rejects(() => carol.write(sam, 'hello'), ContactBlockedError);
    assert.equal(carol.view(sam.identity)?.standing, 'blocked');
  });

  it('sees what they would see if the other were away, and asks seldom', async () => {
    const { world, sam, carol } = await carolBlocksSam();
    await sam.write(carol, 'hello?');
    assert.equal(sam.view(carol.identity)?.presence, 'offline');
    assert.deepEqual(sam.states(carol), ['delivered', 'held']);
    assert.equal(sam.seen.notices.at(-1)?.kind, 'away');
    const before = sam.dials;
    await world.clock.advance(600_000);
    assert.ok(sam.dials - before <= 20, `${sam.dials - before} attempts in ten minutes`);
    assert.equal(sam.view(carol.identity)?.presence, 'offline');
  });

  it('goes on seeing it when their own session with the server is made anew, until the other comes back', async () => {
    const { world, sam, carol } = await carolBlocksSam();
    await world.clock.advance(1_000);
    sam.chat.directoryDisconnected();
    await sam.chat.directoryConnected();
    await world.clock.settle();
    assert.equal(sam.view(carol.identity)?.presence, 'offline');
    sam.chat.close(sam.window);
    await carol.goOffline();
    await carol.goOnline();
    assert.equal(sam.view(carol.identity)?.presence, 'online');
  });

  it('gets what was held for them when they are unblocked', async () => {
    const { world, sam, carol } = await samAsked();
    carol.chat.decisions.setStanding(sam.identity, 'accepted');
    await sam.goOffline();
    await carol.write(sam, 'Later.');
    carol.chat.decisions.setStanding(sam.identity, 'blocked');
    await sam.goOnline();
    await world.clock.advance(120_000);
    assert.deepEqual(carol.states(sam), ['held']);
    // What another window said before it heard of the block does not lift it.
    assert.throws(() => carol.chat.decisions.setStanding(sam.identity, 'accepted'), ContactStateError);
    assert.equal(carol.view(sam.identity)?.standing, 'blocked');
    carol.chat.decisions.setStanding(sam.identity, 'unblocked');
    await world.clock.settle();
    assert.deepEqual(carol.states(sam), ['delivered']);
  });

  it('can be somebody who never wrote', async () => {
    const { world, sam, carol } = await samAndCarol();
    carol.chat.decisions.setStanding(sam.identity, 'blocked');
    sam.open(carol);
    await world.clock.settle();
    assert.equal(sam.view(carol.identity)?.presence, 'offline');
    assert.deepEqual(
      carol.chat.contacts.map(({ name, standing }) => [name, standing]),
      [['Sam', 'blocked']],
    );
  });
});

describe('somebody who is unblocked', () => {
  const standingOf = (carol: Person, sam: Person) =>
    carol.disks.history.contacts().find(({ identity }) => identity === sam.identity)?.standing;

  for (const before of ['request', 'ignored', 'accepted'] as const) {
    it(`is ${before} again who was so before, also over restarts and when they were blocked twice`, async () => {
      const { world, sam, carol } = await samAsked();
      if (before !== 'request') carol.chat.decisions.setStanding(sam.identity, before);
      carol.chat.decisions.setStanding(sam.identity, 'blocked');
      const second = world.person('Carol', await carol.crash());
      second.chat.decisions.setStanding(sam.identity, 'blocked');
      const third = world.person('Carol', await second.crash());
      assert.equal(standingOf(third, sam), 'blocked');
      assert.equal(third.chat.decisions.setStanding(sam.identity, 'unblocked').standing, before);
      const last = world.person('Carol', await third.crash());
      assert.equal(standingOf(last, sam), before);
      assert.equal(last.view(sam.identity)?.standing, before === 'ignored' ? undefined : before);
    });
  }

  it('who asked asks still: nobody dials them, and they see what they would if the other had come back', async () => {
    const { world, sam, carol } = await samAsked();
    carol.chat.decisions.setStanding(sam.identity, 'blocked');
    await world.clock.settle();
    await sam.write(carol, 'Are you there?');
    await world.clock.advance(120_000);
    assert.deepEqual(sam.states(carol), ['delivered', 'held']);
    assert.equal(sam.view(carol.identity)?.presence, 'offline');
    carol.chat.decisions.setStanding(sam.identity, 'unblocked');
    await world.clock.advance(120_000);
    assert.deepEqual(sam.states(carol), ['delivered', 'delivered']);
    assert.equal(sam.view(carol.identity)?.presence, 'online');
    assert.equal(carol.dials, 0);
    assert.equal(carol.view(sam.identity)?.standing, 'request');
    assert.deepEqual(carol.conversation(sam), ['Sam: May I?', 'Sam: Are you there?']);
  });

  it('who was ignored is refused as before', async () => {
    const { world, sam, carol } = await samAsked();
    carol.chat.decisions.setStanding(sam.identity, 'ignored');
    carol.chat.decisions.setStanding(sam.identity, 'blocked');
    await world.clock.settle();
    await sam.write(carol, 'Please?');
    carol.chat.decisions.setStanding(sam.identity, 'unblocked');
    await world.clock.advance(120_000);
    assert.deepEqual(sam.states(carol), ['delivered', 'refused']);
    assert.deepEqual(carol.chat.contacts, []);
  });

  it('who was nobody before is a request', async () => {
    const { world, sam, carol } = await samAndCarol();
    carol.chat.decisions.setStanding(sam.identity, 'blocked');
    const again = world.person('Carol', await carol.crash());
    assert.equal(again.chat.decisions.setStanding(sam.identity, 'unblocked').standing, 'request');
  });
});
