import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fingerprintNamed } from '../support/envelopes.ts';
import { ScriptedPeer } from './scripted-peer.ts';
import { samOpenToCarol } from './world.ts';

describe('a new link', () => {
  it('is on its way before the disk is asked to keep where the contact is now', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    await carol.goOffline();
    await sam.write(carol, 'waiting');
    await world.clock.advance(60_000);
    carol.move();
    const { history } = sam.disks;
    const save = history.saveContact.bind(history);
    const dialsBefore = sam.dials;
    const dials: number[] = [];
    history.saveContact = (contact) => {
      dials.push(sam.dials - dialsBefore);
      save(contact);
    };
    await carol.goOnline();
    assert.deepEqual(carol.conversation(sam), ['Sam: waiting']);
    assert.deepEqual(dials, [1]);
  });

  it('has what waits on it before anything else that is said on each', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    await carol.goOffline();
    await sam.write(carol, 'waiting');
    sam.chat.setStatusText('In a meeting');
    const carolElsewhere = { identity: carol.identity, device: fingerprintNamed("Carol's other device") };
    const { frames } = await new ScriptedPeer(world, sam, carolElsewhere).greet({ takes: ['status'] });
    assert.deepEqual(
      frames.map(({ type }) => type),
      ['hello', 'begin', 'messages', 'status'],
    );
  });
});
