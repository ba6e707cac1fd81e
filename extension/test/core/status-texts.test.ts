import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fingerprintNamed } from '../support/envelopes.ts';
import { ScriptedPeer } from './scripted-peer.ts';
import { samAndCarol, type Person } from './world.ts';

/** Sam wrote to Carol, who accepted him; both are online and linked. */
async function acquainted() {
  const { world, sam, carol } = await samAndCarol();
  await sam.write(carol, 'hello');
  await world.clock.settle();
  carol.chat.decisions.setStanding(sam.identity, 'accepted');
  await world.clock.settle();
  return { world, sam, carol };
}

const shown = (viewer: Person, of: Person): string | undefined => viewer.view(of.identity)?.statusText;

describe('what a person says of themselves', () => {
  it('is shown to a contact at once, and no longer when it is cleared', async () => {
    const { world, sam, carol } = await acquainted();
    sam.chat.setStatusText('In a meeting');
    await world.clock.settle();
    assert.equal(shown(carol, sam), 'In a meeting');
    assert.equal(carol.seen.contacts.get(sam.identity)?.statusText, 'In a meeting');
    await world.clock.advance(5_000);
    sam.chat.setStatusText('');
    await world.clock.settle();
    assert.equal(shown(carol, sam), '');
  });

  it('stays known to the contact, and to the person, in the next run', async () => {
    const { world, sam, carol } = await acquainted();
    sam.chat.setStatusText('In a meeting');
    await world.clock.settle();
    const carolAgain = world.person('Carol', await carol.crash());
    assert.equal(shown(carolAgain, sam), 'In a meeting');
    assert.equal(world.person('Sam', await sam.crash()).chat.statusText, 'In a meeting');
  });

  it('reaches a contact who was away, once they are back, with nothing else to say', async () => {
    const { world, sam, carol } = await acquainted();
    await carol.goOffline();
    sam.chat.setStatusText('On holiday');
    await world.clock.advance(60_000);
    assert.equal(shown(carol, sam), '');
    await carol.goOnline();
    await world.clock.advance(60_000);
    assert.equal(shown(carol, sam), 'On holiday');
  });

  it('is told to nobody who only asks, before they are accepted', async () => {
    const { world, sam, carol } = await samAndCarol();
    carol.chat.setStatusText('In a meeting');
    await sam.write(carol, 'hello');
    await world.clock.settle();
    carol.chat.setStatusText('Back');
    await world.clock.settle();
    assert.equal(shown(sam, carol), '');
    carol.chat.decisions.setStanding(sam.identity, 'accepted');
    await world.clock.settle();
    assert.equal(shown(sam, carol), 'Back');
  });

  it('is shown of somebody who asks only once they are accepted', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.chat.setStatusText('Buy cheap watches');
    await sam.write(carol, 'hello');
    await world.clock.settle();
    assert.equal(shown(carol, sam), '');
    carol.chat.decisions.setStanding(sam.identity, 'accepted');
    await world.clock.settle();
    assert.equal(shown(carol, sam), 'Buy cheap watches');
  });

  it('is told to nobody who was blocked, and theirs is not shown', async () => {
    const { world, sam, carol } = await acquainted();
    carol.chat.setStatusText('Here');
    sam.chat.setStatusText('Here too');
    await world.clock.advance(5_000);
    sam.chat.decisions.setStanding(carol.identity, 'blocked');
    await world.clock.advance(5_000);
    sam.chat.setStatusText('Hiding from Carol');
    await carol.write(sam, 'are you there?');
    await world.clock.advance(60_000);
    assert.equal(shown(carol, sam), 'Here too');
    assert.equal(shown(sam, carol), '');
  });

  it('is sent only to a program that takes it, and one that says nonsense says nothing', async () => {
    const { world, sam, carol } = await acquainted();
    sam.chat.setStatusText('In a meeting');
    const device = fingerprintNamed("Carol's other device");
    const statuses = (peer: ScriptedPeer) => peer.frames.filter(({ type }) => type === 'status');
    const older = await new ScriptedPeer(world, sam, { identity: carol.identity, device }).greet();
    assert.deepEqual(statuses(older), []);
    const newer = await new ScriptedPeer(world, sam, { identity: carol.identity, device }).greet({
      takes: ['something-new', 'status'],
    });
    assert.deepEqual(statuses(newer), [{ type: 'status', text: 'In a meeting' }]);
    newer.channel.send({ type: 'status', text: 'Fine' });
    await world.clock.advance(5_000);
    assert.equal(shown(sam, carol), 'Fine');
    newer.channel.send({ type: 'status', text: 'two\nlines' });
    await world.clock.advance(5_000);
    assert.equal(shown(sam, carol), '');
    assert.equal(newer.closed, null);
  });

  it('is stored at a bounded pace, the newest in the end, however often a contact says another', async () => {
    const { world, sam, carol } = await acquainted();
    let writes = 0;
    const save = carol.disks.history.saveContact.bind(carol.disks.history);
    Object.assign(carol.disks.history, {
      saveContact: (contact: Parameters<typeof save>[0]) => {
        writes += 1;
        save(contact);
      },
    });
    for (let i = 0; i < 500; i++) sam.chat.setStatusText(`status ${i}`);
    await world.clock.advance(10_000);
    assert.equal(shown(carol, sam), 'status 499');
    assert.ok(writes < 10, `${writes} writes`);
  });
});
