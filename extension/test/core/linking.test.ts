import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fingerprintNamed } from '../support/envelopes.ts';
import { ScriptedPeer } from './scripted-peer.ts';
import { samOpenToCarol } from './world.ts';

describe('a new link', () => {
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
