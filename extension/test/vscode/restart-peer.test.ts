import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { PeerError } from '../../src/peer-api.ts';
import { restartPeer } from '../../src/vscode/restart-peer.ts';
import { FakePeer } from '../fake-peer.ts';

describe('starting the peer anew', () => {
  test('ends when this window is connected to the next one, not when the old one says that it will stop', async () => {
    const peer = new FakePeer();
    peer.overrides.restart = () => Promise.resolve({});
    const next = Promise.withResolvers<undefined>();
    peer.overrides.subscribe = async () => {
      await next.promise;
      return { status: peer.status, contacts: [], directory: peer.directory, damagedFiles: [] };
    };
    let done = false;
    const restarted = restartPeer(peer).then(() => (done = true));
    await turn();
    assert.deepEqual(
      peer.asked.map(({ method }) => method),
      ['restart'],
    );
    peer.disconnect();
    await turn();
    assert.equal(done, false);
    next.resolve(undefined);
    await restarted;
  });

  test('a peer that is gone before its answer comes is as good', async () => {
    const peer = new FakePeer();
    peer.overrides.restart = () => {
      peer.disconnect();
      return Promise.resolve({});
    };
    await restartPeer(peer);
  });

  test('no next peer is an error to be shown', async () => {
    const peer = new FakePeer();
    peer.overrides.subscribe = () => Promise.reject(new PeerError('identity-lost', 'The keyring is locked.'));
    await assert.rejects(restartPeer(peer), /keyring/);
  });
});
