import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { generateKeyPair } from '@p2p-chat/protocol/identity';
import { UnknownContactError } from '../../src/core/errors.ts';
import { DirectoryUnavailable } from '../../src/core/net-ports.ts';
import { MAX_REJECTED } from '../../src/core/storage-ports.ts';
import { emptyDisks, type Person } from './world.ts';
import { acquainted } from './keyed-people.ts';

describe('a suspicion', () => {
  const rivalOf = (person: Person, identity: string) => ({
    ...person.presence,
    identity,
    online: false,
    device: null,
    endpoints: [],
  });

  it('comes to nothing when the contact was blocked while the server was asked', async () => {
    const { world, sam, carol } = await acquainted();
    const answered = Promise.withResolvers<null>();
    world.answer = () => answered.promise;
    sam.chat.presence(rivalOf(carol, 'f'.repeat(64)));
    sam.chat.decisions.setStanding(carol.identity, 'blocked');
    answered.resolve(null);
    await world.clock.settle();
    assert.equal(sam.view(carol.identity)?.changedTo, null);
    assert.deepEqual(sam.lines(carol.identity), []);
  });

  it('comes to nothing when the other was pinned by an invite, or has another name, by then', async () => {
    for (const way of ['invite', 'name']) {
      const { world, sam, carol } = await acquainted();
      const answered = Promise.withResolvers<null>();
      world.answer = () => answered.promise;
      const rival = 'f'.repeat(64);
      sam.chat.presence(rivalOf(carol, rival));
      if (way === 'name') sam.chat.presence({ ...rivalOf(carol, rival), name: 'Dave' });
      else sam.chat.decisions.addContact({ identity: rival, name: 'Dave', server: 'http://127.0.0.1:8000' });
      answered.resolve(null);
      await world.clock.settle();
      assert.equal(sam.view(carol.identity)?.changedTo, null, way);
    }
  });

  it('that cannot be looked into leaves no line, and ends with the next session: the contact is followed', async () => {
    const { world, sam, carol } = await acquainted();
    const next = await world.replaceIdentity(carol);
    world.answer = () => Promise.reject(new DirectoryUnavailable('no session'));
    await next.goOnline();
    sam.chat.account(next.presence);
    await world.clock.advance(30_000);
    assert.equal(sam.view(carol.identity)?.changedTo, null);
    assert.deepEqual(sam.lines(carol.identity), []);
    assert.throws(() => sam.open(next), UnknownContactError);
    world.answer = null;
    sam.chat.directoryDisconnected();
    await sam.chat.directoryConnected();
    await world.clock.settle();
    assert.deepEqual(sam.lines(next.identity), ['identity-replaced']);
  });

  it('that could not be looked into ends with the next session when the name is somebody else’s by then', async () => {
    const { world, sam, carol } = await acquainted();
    world.answer = () => Promise.reject(new DirectoryUnavailable('no session'));
    const rival = world.person('Carol', emptyDisks(), { key: generateKeyPair() });
    await rival.goOnline();
    await world.introduce(rival);
    rival.name = 'Dave';
    world.answer = null;
    await sam.chat.directoryConnected();
    await world.clock.settle();
    assert.deepEqual(sam.lines(carol.identity), []);
    assert.deepEqual(
      sam.chat.directory.people.map(({ name }) => name),
      ['Dave'],
    );
  });

  it('of two whom the server names in turns is raised once for each: both answers are remembered', async () => {
    const { world, sam, carol } = await acquainted();
    const rivals = ['e'.repeat(64), 'f'.repeat(64)];
    const asked: string[] = [];
    for (let times = 0; times < 10; times += 1) {
      for (const rival of rivals) {
        sam.chat.presence(rivalOf(carol, rival));
        await world.clock.settle();
        const changedTo = sam.view(carol.identity)?.changedTo ?? null;
        if (changedTo === null) continue;
        asked.push(changedTo);
        sam.chat.decisions.rejectIdentity(carol.identity, changedTo);
      }
    }
    assert.deepEqual(asked, rivals);
  });

  it('is remembered to be wrong for a bounded number of identities, the newest', async () => {
    const { world, sam, carol } = await acquainted();
    const rivals = Array.from({ length: MAX_REJECTED + 1 }, (_, count) => String(count).repeat(64));
    for (const rival of rivals) {
      sam.chat.presence(rivalOf(carol, rival));
      await world.clock.settle();
      sam.chat.decisions.rejectIdentity(carol.identity, rival);
    }
    assert.deepEqual(sam.disks.history.contacts()[0]?.rejected, rivals.slice(1));
  });
});
