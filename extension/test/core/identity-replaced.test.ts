import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fingerprintOf, generateKeyPair } from '@p2p-chat/protocol/identity';
import { makeSuccession } from '@p2p-chat/protocol/succession';
import { StorageError, type UnblockedStanding } from '../../src/core/storage-ports.ts';
import { ScriptedPeer } from './scripted-peer.ts';
import { acquainted } from './keyed-people.ts';
import { stored } from './unmet-people.ts';
import { samAndCarol } from './world.ts';

describe('a contact whose identity was replaced by a statement', () => {
  it('is followed, with all messages, with what was held, and with a line about it', async () => {
    const { world, sam, carol } = await acquainted();
    sam.verify(carol);
    await carol.goOffline();
    await sam.write(carol, 'held');
    const next = await world.replaceIdentity(carol);
    await next.goOnline();
    sam.chat.succession(next.successions);
    await world.clock.settle();
    assert.deepEqual(
      sam.chat.contacts.map(({ id, name, trust, changedTo }) => [id, name, trust, changedTo]),
      [[next.identity, 'Carol', 'unverified', null]],
    );
    assert.deepEqual(
      sam.seen.replaced.map(({ from, to }) => [from, to.id]),
      [[carol.identity, next.identity]],
    );
    assert.deepEqual(sam.lines(next.identity), ['identity-replaced']);
    const line = sam.seen.notices.find(({ kind }) => kind === 'identity-replaced');
    assert.equal(line?.detail, 'verified', 'it says that the two have to compare again');
    assert.deepEqual(sam.conversation(next), ['Sam: hello', 'Carol: hello yourself', 'Sam: held']);
    assert.deepEqual(next.conversation(sam), ['Sam: hello', 'Carol: hello yourself', 'Sam: held']);
    assert.deepEqual(sam.states(next), ['delivered', 'delivered']);
  });

  it('is followed when the statement comes by a look-up, or by the link alone, whoever dials', async () => {
    for (const way of ['look-up', 'link']) {
      const { world, sam, carol } = await acquainted();
      const next = await world.replaceIdentity(carol);
      if (way === 'link') world.stopServer();
      await next.goOnline();
      await next.write(sam, 'It is me.');
      await world.clock.advance(30_000);
      assert.equal(sam.conversation(next).at(-1), 'Carol: It is me.', way);
      assert.deepEqual(sam.lines(next.identity), ['identity-replaced'], way);
      assert.equal(sam.view(next.identity)?.standing, 'accepted');
    }
  });

  it('is followed instead of being suspected when the server tells of the new one first', async () => {
    const { world, sam, carol } = await acquainted();
    const next = await world.replaceIdentity(carol);
    await next.goOnline();
    sam.chat.presence(next.presence);
    await world.clock.settle();
    assert.deepEqual(sam.lines(next.identity), ['identity-replaced']);
  });

  it('is followed over several steps, and told again changes nothing', async () => {
    const { world, sam, carol } = await acquainted();
    await sam.goOffline();
    const second = await world.replaceIdentity(carol);
    await second.goOnline();
    const third = await world.replaceIdentity(second);
    await third.goOnline();
    await sam.goOnline();
    for (let times = 0; times < 2; times += 1) sam.chat.succession(third.successions);
    sam.chat.succession(second.successions);
    await world.clock.settle();
    assert.equal(sam.view(third.identity)?.name, 'Carol');
    assert.deepEqual(sam.lines(third.identity), ['identity-replaced']);
  });

  it('that has signed two others over stays with the first that was heard of, and the person decides', async () => {
    const { world, sam, carol } = await acquainted();
    assert.ok(carol.key);
    const [first, second] = [generateKeyPair(), generateKeyPair()];
    const [one, other] = [first, second].map(({ publicKey }) => fingerprintOf(publicKey));
    assert.ok(one !== undefined && other !== undefined);
    sam.chat.succession([makeSuccession(carol.key, first)]);
    sam.chat.succession([makeSuccession(carol.key, second)]);
    await world.clock.settle();
    assert.equal(sam.view(one)?.changedTo, other);
    assert.deepEqual(sam.lines(one), ['identity-replaced', 'identity-changed']);
    assert.equal(sam.view(other), undefined);
  });

  it('stays blocked', async () => {
    const { world, sam, carol } = await acquainted();
    sam.chat.decisions.setStanding(carol.identity, 'blocked');
    const next = await world.replaceIdentity(carol);
    await next.goOnline();
    await next.write(sam, 'It is me.');
    await world.clock.advance(30_000);
    assert.equal(sam.view(next.identity)?.standing, 'blocked');
    assert.equal(next.states(sam).at(-1), 'held');
  });

  it('stands as before when the block is lifted, also who was a contact by both identities', async () => {
    const cases = [
      ['accepted', null, 'accepted'],
      ['request', null, 'request'],
      ['ignored', null, 'ignored'],
      ['request', 'ignored', 'ignored'],
      ['request', 'accepted', 'accepted'],
      ['accepted', 'request', 'accepted'],
    ] as const;
    for (const blocked of ['old', 'new', 'both']) {
      for (const [before, already, after] of cases) {
        if (already === null && blocked !== 'old') continue;
        const { world, carol } = await samAndCarol();
        const [key, next] = [generateKeyPair(), generateKeyPair()];
        const [from, to] = [key, next].map(({ publicKey }) => fingerprintOf(publicKey));
        assert.ok(from !== undefined && to !== undefined);
        const { history } = carol.disks;
        const save = (identity: string, standing: UnblockedStanding, isBlocked: boolean): void =>
          history.saveContact({
            ...stored('Mallory', standing),
            identity,
            ...(isBlocked ? { standing: 'blocked', beforeBlock: standing } : {}),
          });
        save(from, before, blocked !== 'new');
        if (already !== null) save(to, already, blocked !== 'old');
        const again = world.person('Carol', await carol.crash());
        again.chat.succession([makeSuccession(key, next)]);
        const told = `${before} and ${already ?? 'nobody'}, blocked: ${blocked}`;
        assert.deepEqual(
          history.contacts().map(({ identity, standing }) => [identity, standing]),
          [[to, 'blocked']],
          told,
        );
        const last = world.person('Carol', await again.crash());
        assert.equal(last.chat.decisions.setStanding(to, 'unblocked').standing, after, told);
      }
    }
  });

  it('is one contact when both identities were: nothing is lost, nothing is there twice', async () => {
    const { world, sam, carol } = await acquainted();
    const next = await world.replaceIdentity(carol);
    sam.chat.decisions.addContact({
      identity: next.identity,
      name: 'Carol2',
      server: 'http://127.0.0.1:8000',
    });
    await sam.write(next, 'to the new one');
    await sam.write(carol, 'to the old one');
    await next.goOnline();
    sam.chat.succession(next.successions);
    await world.clock.advance(30_000);
    assert.deepEqual(
      sam.chat.contacts.map(({ id, name, trust }) => [id, name, trust]),
      [[next.identity, 'Carol', 'invited']],
    );
    assert.deepEqual(sam.states(next), ['delivered', 'delivered', 'delivered']);
    assert.deepEqual(next.conversation(sam).slice(2), ['Sam: to the new one', 'Sam: to the old one']);
  });

  it('gets what is written in the same tick', async () => {
    const { world, sam, carol } = await acquainted();
    const next = await world.replaceIdentity(carol);
    world.tell = (presence, viewer) =>
      viewer === sam && presence.identity === next.identity ? null : presence;
    await next.goOnline();
    world.tell = (presence) => presence;
    const written = sam.chat.write({
      id: '01900000-0000-7000-8000-ffffffffffff',
      contact: carol.identity,
      text: 'just now',
      folder: null,
    });
    sam.chat.succession(next.successions);
    await world.clock.advance(10_000);
    await written;
    assert.equal(next.conversation(sam).at(-1), 'Sam: just now');
    // A window that has not heard of it yet means the same person.
    assert.equal(sam.chat.open(carol.identity, sam.window, 1, true).contact.id, next.identity);
    await sam.write(carol, 'and later');
    await world.clock.settle();
    assert.equal(next.conversation(sam).at(-1), 'Sam: and later');
  });
});

describe('a contact whose identity was replaced, after a restart', () => {
  it('is still found under the one before: a window may have kept that', async () => {
    const { world, sam, carol } = await acquainted();
    const second = await world.replaceIdentity(carol);
    await second.goOnline();
    sam.chat.succession(second.successions);
    const third = await world.replaceIdentity(second);
    await third.goOnline();
    sam.chat.succession(third.successions);
    await world.clock.settle();
    const again = world.person('Sam', await sam.crash(), sam.key === null ? {} : { key: sam.key });
    for (const old of [carol, second]) {
      assert.equal(again.chat.open(old.identity, again.window, 1, false).contact.id, third.identity);
    }
  });
});

describe('a disk that fails while a contact is replaced', () => {
  for (const method of ['summary', 'page', 'notices', 'outbound', 'renumber', 'replaceContact'] as const) {
    for (const when of ['before', 'after'] as const) {
      it(`(${method}, ${when} the new identity is stored) leaves one contact, here, on the disk and in windows`, async () => {
        const { world, sam, carol } = await acquainted();
        await carol.goOffline();
        await sam.write(carol, 'held');
        const { history } = sam.disks;
        const original = history[method].bind(history);
        const failOnce = (): void => {
          Object.assign(history, {
            [method]: () => {
              Object.assign(history, { [method]: original });
              throw new StorageError('The disk is full.');
            },
          });
        };
        if (when === 'before') failOnce();
        else {
          const replace = history.replaceContact.bind(history);
          history.replaceContact = (...parts) => {
            const summary = replace(...parts);
            history.replaceContact = replace;
            failOnce();
            return summary;
          };
        }
        const next = await world.replaceIdentity(carol);
        await next.goOnline();
        await world.clock.advance(60_000);
        Object.assign(history, { [method]: original });
        // Whatever was not taken comes again with the next session.
        await sam.chat.directoryConnected();
        await world.clock.advance(60_000);
        assert.deepEqual(
          history.contacts().map(({ identity }) => identity),
          [next.identity],
        );
        assert.deepEqual(
          sam.chat.contacts.map(({ id }) => id),
          [next.identity],
        );
        assert.deepEqual(
          sam.seen.replaced.map(({ from, to }) => [from, to.id, to.unread]),
          [[carol.identity, next.identity, 1]],
        );
        assert.deepEqual(sam.lines(next.identity), ['identity-replaced']);
        assert.equal(next.conversation(sam).at(-1), 'Sam: held');
        assert.deepEqual(sam.states(next), ['delivered', 'delivered']);
        const again = world.person('Sam', await sam.crash(), sam.key === null ? {} : { key: sam.key });
        assert.deepEqual(again.lines(next.identity), ['identity-replaced']);
      });
    }
  }
});

describe('a hello', () => {
  it('with a statement about nobody known here is taken, and the statement left alone', async () => {
    const { world, sam, carol } = await acquainted();
    const keys = Array.from({ length: 3 }, () => generateKeyPair());
    const [first, second, third] = keys;
    assert.ok(first && second && third);
    const chain = [makeSuccession(first, second), makeSuccession(second, third)];
    const peer = await new ScriptedPeer(world, sam, carol).greet({ successions: chain });
    await peer.say({});
    assert.equal(peer.receipts.length, 1);
    assert.equal(sam.view(fingerprintOf(third.publicKey)), undefined);
  });
});
