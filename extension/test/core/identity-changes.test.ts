import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fingerprintOf, generateKeyPair } from '@p2p-chat/protocol/identity';
import { LinkClose } from '@p2p-chat/protocol/link';
import { makeSuccession } from '@p2p-chat/protocol/succession';
import { ContactStateError, UnknownContactError } from '../../src/core/errors.ts';
import { DirectoryUnavailable } from '../../src/core/net-ports.ts';
import { MAX_REJECTED, StorageError } from '../../src/core/storage-ports.ts';
import { memoryHistory } from '../support/memory-stores.ts';
import { ScriptedPeer } from './scripted-peer.ts';
import { type Person, World } from './world.ts';

const disks = () => ({ history: memoryHistory(), outboxes: new Map() });

/** Sam and Carol with keys of their own, accepted by each other, one message each way. */
async function samAndCarol(): Promise<{ world: World; sam: Person; carol: Person }> {
  const world = new World();
  const sam = world.person('Sam', disks(), { key: generateKeyPair() });
  const carol = world.person('Carol', disks(), { key: generateKeyPair() });
  await sam.goOnline();
  await carol.goOnline();
  await world.introduce(carol);
  sam.open(carol);
  await sam.write(carol, 'hello');
  await world.clock.settle();
  await carol.write(sam, 'hello yourself');
  await world.clock.settle();
  return { world, sam, carol };
}

/** Carol lost everything and registered her name anew: another identity, and no statement about it. */
async function carolStartsAnew(world: World, carol: Person): Promise<Person> {
  await carol.crash();
  const other = world.person('Carol', disks(), { key: generateKeyPair() });
  await other.goOnline();
  await world.introduce(other);
  return other;
}

describe('a contact whose identity was replaced by a statement', () => {
  it('is followed, with all messages, with what was held, and with a line about it', async () => {
    const { world, sam, carol } = await samAndCarol();
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
      const { world, sam, carol } = await samAndCarol();
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
    const { world, sam, carol } = await samAndCarol();
    const next = await world.replaceIdentity(carol);
    await next.goOnline();
    sam.chat.presence(next.presence);
    await world.clock.settle();
    assert.deepEqual(sam.lines(next.identity), ['identity-replaced']);
  });

  it('is followed over several steps, and told again changes nothing', async () => {
    const { world, sam, carol } = await samAndCarol();
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
    const { world, sam, carol } = await samAndCarol();
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
    const { world, sam, carol } = await samAndCarol();
    sam.chat.decisions.setStanding(carol.identity, 'blocked');
    const next = await world.replaceIdentity(carol);
    await next.goOnline();
    await next.write(sam, 'It is me.');
    await world.clock.advance(30_000);
    assert.equal(sam.view(next.identity)?.standing, 'blocked');
    assert.equal(next.states(sam).at(-1), 'held');
  });

  it('is one contact when both identities were: nothing is lost, nothing is there twice', async () => {
    const { world, sam, carol } = await samAndCarol();
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
    const { world, sam, carol } = await samAndCarol();
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

describe('my own identity, replaced', () => {
  it('goes on with what the one before had written, once, under the new one', async () => {
    const { world, sam, carol } = await samAndCarol();
    await carol.goOffline();
    await sam.write(carol, 'held', '/workspace');
    const next = await world.replaceIdentity(sam);
    await next.goOnline();
    await carol.goOnline();
    await world.clock.advance(10_000);
    assert.equal(carol.conversation(next).at(-1), 'Sam: held');
    assert.deepEqual(next.states(carol), ['delivered', 'delivered']);
    assert.equal(next.waiting, 0);
  });

  it('does not deliver twice what had arrived while its receipt was lost', async () => {
    const { world, sam, carol } = await samAndCarol();
    const written = sam.write(carol, 'once');
    await Promise.resolve();
    for (const channel of world.channels) {
      const send = channel.send.bind(channel);
      channel.send = (frame) => (frame.type === 'receipt' ? 0 : send(frame));
    }
    await written;
    const next = await world.replaceIdentity(sam);
    await next.goOnline();
    await world.clock.advance(10_000);
    assert.deepEqual(carol.conversation(next).slice(2), ['Sam: once']);
    assert.deepEqual(next.states(carol), ['delivered', 'delivered']);
  });

  it('leaves what an identity wrote that is lost without a statement, until that identity is back', async () => {
    const { world, sam, carol } = await samAndCarol();
    await carol.goOffline();
    await sam.write(carol, 'held');
    const who = sam.key === null ? {} : { key: sam.key };
    const next = world.person('Sam', await sam.crash(), { key: generateKeyPair() });
    const { messages } = next.chat.older(carol.identity, null, 10);
    assert.deepEqual(
      messages.filter(({ mine }) => mine).map(({ state, refused }) => [state, refused]),
      [
        ['delivered', null],
        ['refused', 'other-identity'],
      ],
    );
    const again = world.person('Sam', await next.crash(), who);
    await again.goOnline();
    await carol.goOnline();
    await world.clock.advance(10_000);
    assert.equal(carol.conversation(again).at(-1), 'Sam: held');
    assert.deepEqual([again.states(carol), again.waiting], [['delivered', 'delivered'], 0]);
  });

  it('survives a crash between the history and the outbox: the message is one', async () => {
    const { world, sam, carol } = await samAndCarol();
    await carol.goOffline();
    await sam.write(carol, 'held');
    const before = sam.disks.outboxes.get(null)?.all() ?? [];
    const next = await world.replaceIdentity(sam);
    const { outboxes } = await next.crash();
    // The history has the new envelope, the outbox the old one.
    outboxes.get(null)?.update(before);
    const again = world.person('Sam', next.disks, {
      ...(next.key === null ? {} : { key: next.key }),
      successions: next.successions,
    });
    await again.goOnline();
    await carol.goOnline();
    await world.clock.advance(10_000);
    assert.deepEqual(carol.conversation(again).slice(2), ['Sam: held']);
    assert.deepEqual(again.states(carol), ['delivered', 'delivered']);
  });
});

describe('a contact whose name the server gives to another identity without a statement', () => {
  it('is shown with a line that stays; nothing is sent, what is held stays held, until the person decides', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.verify(carol);
    const other = await carolStartsAnew(world, carol);
    await sam.write(carol, 'Are you there?');
    await world.clock.advance(60_000);
    const view = sam.view(carol.identity);
    assert.deepEqual([view?.changedTo, view?.trust], [other.identity, 'verified']);
    assert.deepEqual(sam.lines(carol.identity), ['identity-changed']);
    assert.equal(sam.states(carol).at(-1), 'held');
    assert.deepEqual(other.chat.contacts, []);
    assert.deepEqual(sam.seen.directory?.people, []);
    assert.throws(() => sam.open(other), UnknownContactError);

    const again = world.person('Sam', await sam.crash(), sam.key === null ? {} : { key: sam.key });
    assert.deepEqual(again.lines(carol.identity), ['identity-changed']);
    assert.equal(again.view(carol.identity)?.changedTo, other.identity);
  });

  it('goes on as the other identity once that was accepted: what was held goes to it', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.verify(carol);
    const other = await carolStartsAnew(world, carol);
    await sam.write(carol, 'Are you there?');
    const view = sam.chat.decisions.acceptIdentity(carol.identity, other.identity);
    assert.deepEqual([view.id, view.name, view.trust], [other.identity, 'Carol', 'unverified']);
    await world.clock.advance(10_000);
    assert.deepEqual(other.conversation(sam), ['Sam: Are you there?']);
    assert.deepEqual(sam.states(other), ['delivered', 'delivered']);
    assert.deepEqual(sam.lines(other.identity), ['identity-changed', 'identity-accepted']);
    assert.equal(sam.conversation(other).length, 3);
  });

  it('goes on as the pinned one when the other was rejected, who stays nobody and is not asked about again', async () => {
    const { world, sam, carol } = await samAndCarol();
    const other = await carolStartsAnew(world, carol);
    await sam.write(carol, 'Are you there?');
    const view = sam.chat.decisions.rejectIdentity(carol.identity, other.identity);
    assert.equal(view.changedTo, null);
    sam.chat.presence(other.presence);
    await world.clock.settle();
    assert.equal(sam.view(carol.identity)?.changedTo, null);
    assert.deepEqual(sam.lines(carol.identity), ['identity-changed', 'identity-kept']);
    assert.equal((await new ScriptedPeer(world, sam, other).greet()).closed, LinkClose.unavailable);
    assert.deepEqual(sam.seen.directory?.people, []);

    await other.crash();
    const back = world.person('Carol', carol.disks, carol.key === null ? {} : { key: carol.key });
    await back.goOnline();
    await world.clock.advance(60_000);
    assert.equal(back.conversation(sam).at(-1), 'Sam: Are you there?');
  });

  it('is accepted once when two windows do so', async () => {
    const { world, sam, carol } = await samAndCarol();
    const other = await carolStartsAnew(world, carol);
    const first = sam.chat.decisions.acceptIdentity(carol.identity, other.identity);
    assert.deepEqual(sam.chat.decisions.acceptIdentity(carol.identity, other.identity), first);
    assert.deepEqual(sam.lines(other.identity), ['identity-changed', 'identity-accepted']);
  });

  it('goes on as what was accepted only if that is what was shown', async () => {
    const { world, sam, carol } = await samAndCarol();
    const other = await carolStartsAnew(world, carol);
    assert.throws(() => sam.chat.decisions.acceptIdentity(carol.identity, 'f'.repeat(64)), ContactStateError);
    assert.throws(() => sam.chat.decisions.rejectIdentity(carol.identity, 'f'.repeat(64)), ContactStateError);
    assert.equal(sam.view(carol.identity)?.changedTo, other.identity);
  });

  it('may still write as the pinned one, and is told what arrived', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.chat.close(sam.window);
    const rival = world.person('Carol', disks(), { key: generateKeyPair() });
    await rival.goOnline();
    await world.introduce(rival);
    assert.equal(sam.view(carol.identity)?.changedTo, rival.identity);
    await sam.write(carol, 'not now');
    await carol.write(sam, 'It is me.');
    await world.clock.advance(10_000);
    assert.equal(sam.conversation(carol).at(-1), 'Carol: It is me.');
    assert.equal(carol.states(sam).at(-1), 'delivered');
    assert.equal(sam.states(carol).at(-1), 'held');
  });

  it('is at peace again when the pinned one itself says that it has another name', async () => {
    const { world, sam, carol } = await samAndCarol();
    const heir = world.person('Carol', disks(), { key: generateKeyPair() });
    await heir.goOnline();
    await world.introduce(heir);
    assert.equal(sam.view(carol.identity)?.changedTo, heir.identity);
    world.cutAll();
    carol.name = 'Caroline';
    world.announce(carol);
    await world.clock.advance(30_000);
    const view = sam.view(carol.identity);
    assert.deepEqual([view?.name, view?.changedTo], ['Caroline', null]);
    const { notices } = sam.chat.open(carol.identity, sam.window, 50, true);
    assert.deepEqual(
      notices.filter(({ kind }) => kind === 'renamed').map(({ detail }) => detail),
      ['Carol'],
    );
    assert.deepEqual(
      sam.seen.directory?.people.map(({ id }) => id),
      [heir.identity],
    );
  });
});

describe('a contact that has another name, while somebody else has the old one', () => {
  /** Carol was renamed while Sam was offline, and her name given away. */
  async function renamed(isThere: boolean) {
    const parts = await samAndCarol();
    const { world, sam, carol } = parts;
    await sam.goOffline();
    carol.name = 'Caroline';
    if (!isThere) await carol.goOffline();
    const heir = world.person('Carol', disks(), { key: generateKeyPair() });
    await heir.goOnline();
    await sam.goOnline();
    await world.clock.advance(30_000);
    return { ...parts, heir };
  }

  it('is asked itself instead of being suspected: nothing is held, and the other is somebody new', async () => {
    const { world, sam, carol, heir } = await renamed(true);
    const view = sam.view(carol.identity);
    assert.deepEqual([view?.name, view?.changedTo, view?.linked], ['Caroline', null, true]);
    assert.deepEqual(sam.lines(carol.identity), ['renamed']);
    await sam.write(carol, 'hello, Caroline');
    await world.clock.settle();
    assert.equal(sam.states(carol).at(-1), 'delivered');
    assert.deepEqual(
      sam.chat.directory.people.map(({ id }) => id),
      [heir.identity],
    );
    await heir.write(sam, 'hello');
    await world.clock.settle();
    assert.equal(sam.view(heir.identity)?.standing, 'request');
  });

  it('is waited for when it is away, and until then the other is nobody', async () => {
    const { world, sam, carol, heir } = await renamed(false);
    sam.chat.close(sam.window);
    assert.deepEqual([sam.view(carol.identity)?.name, sam.view(carol.identity)?.changedTo], ['Carol', null]);
    assert.equal((await new ScriptedPeer(world, sam, heir).greet()).closed, LinkClose.unavailable);
    assert.deepEqual(sam.chat.directory.people, []);
    // A new session asks again, and comes to the same.
    sam.chat.directoryDisconnected();
    await sam.chat.directoryConnected();
    await world.clock.settle();
    assert.deepEqual(sam.chat.directory.people, []);
    await carol.goOnline();
    await world.clock.advance(30_000);
    assert.deepEqual(sam.lines(carol.identity), ['renamed']);
    assert.deepEqual(
      sam.chat.directory.people.map(({ id }) => id),
      [heir.identity],
    );
  });

  it('is shown with the line when it does not say so itself: the server made it up', async () => {
    const { world, sam, carol } = await samAndCarol();
    world.tell = (presence) =>
      presence.identity === carol.identity ? { ...presence, name: 'Caroline' } : presence;
    const rival = world.person('Carol', disks(), { key: generateKeyPair() });
    await rival.goOnline();
    await world.introduce(rival);
    await world.clock.advance(30_000);
    assert.equal(sam.view(carol.identity)?.changedTo, rival.identity);
    assert.deepEqual(sam.lines(carol.identity), ['identity-changed']);
    assert.equal((await new ScriptedPeer(world, sam, rival).greet()).closed, LinkClose.unavailable);
  });

  it('is dialled for its own word when it was shown with the line before', async () => {
    const { world, sam, carol } = await samAndCarol();
    world.answer = () => Promise.resolve(null);
    const heir = world.person('Carol', disks(), { key: generateKeyPair() });
    await heir.goOnline();
    await world.introduce(heir);
    assert.equal(sam.view(carol.identity)?.changedTo, heir.identity);
    await carol.goOffline();
    carol.name = 'Caroline';
    await carol.goOnline();
    await world.clock.advance(30_000);
    const view = sam.view(carol.identity);
    assert.deepEqual([view?.name, view?.changedTo], ['Caroline', null]);
  });

  it('forgets whom it was said not to be: they are free to write, also after a restart', async () => {
    const { world, sam, carol } = await samAndCarol();
    const other = await carolStartsAnew(world, carol);
    sam.chat.decisions.rejectIdentity(carol.identity, other.identity);
    // The same, told twice by two windows.
    assert.equal(sam.chat.decisions.rejectIdentity(carol.identity, other.identity).changedTo, null);
    other.name = 'Zoe';
    world.announce(other);
    await other.write(sam, 'I am new here.');
    await world.clock.advance(30_000);
    assert.deepEqual(sam.conversation(other), ['Carol: I am new here.'.replace('Carol', other.name)]);
    assert.equal(sam.view(other.identity)?.name, 'Zoe');
    const back = world.person('Caroline', carol.disks, carol.key === null ? {} : { key: carol.key });
    await back.goOnline();
    await world.clock.advance(60_000);
    assert.equal(sam.view(carol.identity)?.name, 'Caroline');
    const stored = sam.disks.history.contacts().find(({ identity }) => identity === carol.identity);
    assert.deepEqual(stored?.rejected, []);
  });
});

describe('a suspicion', () => {
  const rivalOf = (person: Person, identity: string) => ({
    ...person.presence,
    identity,
    online: false,
    device: null,
    endpoints: [],
  });

  it('comes to nothing when the contact was blocked while the server was asked', async () => {
    const { world, sam, carol } = await samAndCarol();
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
      const { world, sam, carol } = await samAndCarol();
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
    const { world, sam, carol } = await samAndCarol();
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
    const { world, sam, carol } = await samAndCarol();
    world.answer = () => Promise.reject(new DirectoryUnavailable('no session'));
    const rival = world.person('Carol', disks(), { key: generateKeyPair() });
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
    const { world, sam, carol } = await samAndCarol();
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
    const { world, sam, carol } = await samAndCarol();
    const rivals = Array.from({ length: MAX_REJECTED + 1 }, (_, count) => String(count).repeat(64));
    for (const rival of rivals) {
      sam.chat.presence(rivalOf(carol, rival));
      await world.clock.settle();
      sam.chat.decisions.rejectIdentity(carol.identity, rival);
    }
    assert.deepEqual(sam.disks.history.contacts()[0]?.rejected, rivals.slice(1));
  });
});

describe('a disk that fails while a contact is replaced', () => {
  for (const method of ['summary', 'page', 'notices', 'outbound', 'renumber', 'replaceContact'] as const) {
    for (const when of ['before', 'after'] as const) {
      it(`(${method}, ${when} the new identity is stored) leaves one contact, here, on the disk and in windows`, async () => {
        const { world, sam, carol } = await samAndCarol();
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

describe('a contact whose identity was replaced, after a restart', () => {
  it('is still found under the one before: a window may have kept that', async () => {
    const { world, sam, carol } = await samAndCarol();
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

describe('an invite', () => {
  const server = 'http://127.0.0.1:8000';

  it('under the name of a contact is shown there, and is nobody to write to until it is accepted: then both are one', async () => {
    const { world, sam, carol } = await samAndCarol();
    await carol.crash();
    await sam.write(carol, 'held for you');
    const anew = world.person('Carol', disks(), { key: generateKeyPair() });
    const shown = sam.chat.decisions.addContact({ identity: anew.identity, name: 'carol', server });
    assert.deepEqual([shown.id, shown.changedTo], [carol.identity, anew.identity]);
    assert.equal(sam.view(anew.identity), undefined);
    assert.deepEqual(sam.lines(carol.identity), ['identity-changed']);
    // The same invite again, and the server saying the same, change nothing.
    sam.chat.decisions.addContact({ identity: anew.identity, name: 'carol', server });
    await anew.goOnline();
    await world.introduce(anew);
    assert.deepEqual(sam.lines(carol.identity), ['identity-changed']);
    sam.chat.decisions.acceptIdentity(carol.identity, anew.identity);
    await world.clock.advance(30_000);
    assert.deepEqual(
      sam.chat.contacts.map(({ id, name, trust, changedTo }) => [id, name, trust, changedTo]),
      [[anew.identity, 'Carol', 'unverified', null]],
    );
    assert.equal(anew.conversation(sam).at(-1), 'Sam: held for you');
  });

  it('for somebody whom the person did not take for the contact before asks again', async () => {
    const { world, sam, carol } = await samAndCarol();
    const other = await carolStartsAnew(world, carol);
    sam.chat.decisions.rejectIdentity(carol.identity, other.identity);
    sam.chat.decisions.addContact({ identity: other.identity, name: 'Carol', server });
    assert.equal(sam.view(carol.identity)?.changedTo, other.identity);
  });

  it('under the name of a contact at another server, or for a contact of another name, has nothing to do with it', async () => {
    const { sam, carol } = await samAndCarol();
    const dave = 'd'.repeat(64);
    sam.chat.decisions.addContact({
      identity: 'e'.repeat(64),
      name: 'Carol',
      server: 'https://elsewhere.example',
    });
    sam.chat.decisions.addContact({ identity: dave, name: 'Dave', server });
    sam.chat.decisions.addContact({ identity: dave, name: 'Carol', server });
    assert.equal(sam.view(carol.identity)?.changedTo, null);
  });

  it('pins who made it before any server is asked', async () => {
    const world = new World();
    const [sam, carol] = [world.person('Sam'), world.person('Carol')];
    const view = sam.chat.decisions.addContact({ identity: carol.identity, name: 'Carol', server });
    assert.deepEqual([view.trust, view.standing, view.presence], ['invited', 'accepted', 'unknown']);
    await sam.write(carol, 'hello');
    await sam.goOnline();
    await carol.goOnline();
    await world.clock.advance(10_000);
    assert.deepEqual(carol.conversation(sam), ['Sam: hello']);
  });

  it('vouches for a contact that nobody vouched for yet, and changes nothing else', async () => {
    const { sam, carol } = await samAndCarol();
    const invite = { identity: carol.identity, name: 'Somebody-else', server: 'https://elsewhere.example' };
    assert.deepEqual(
      [sam.chat.decisions.addContact(invite).trust, sam.view(carol.identity)?.name],
      ['invited', 'Carol'],
    );
    sam.verify(carol);
    assert.equal(sam.chat.decisions.addContact(invite).trust, 'verified');
    sam.chat.decisions.setStanding(carol.identity, 'blocked');
    assert.equal(sam.chat.decisions.addContact(invite).standing, 'blocked');
  });

  it('of oneself is refused', async () => {
    const { sam } = await samAndCarol();
    assert.throws(
      () => sam.chat.decisions.addContact({ identity: sam.identity, name: 'Sam', server }),
      UnknownContactError,
    );
  });
});

describe('verifying', () => {
  it('shows both the same 60 digits, and others other ones', async () => {
    const { world, sam, carol } = await samAndCarol();
    const digits = sam.chat.decisions.safetyNumber(carol.identity).digits;
    assert.match(digits, /^\d{60}$/);
    assert.equal(carol.chat.decisions.safetyNumber(sam.identity).digits, digits);
    const dave = world.person('Dave');
    sam.chat.decisions.addContact({ identity: dave.identity, name: 'Dave', server: 'http://127.0.0.1:8000' });
    assert.notEqual(sam.chat.decisions.safetyNumber(dave.identity).digits, digits);
    assert.throws(() => sam.chat.decisions.safetyNumber('f'.repeat(64)), UnknownContactError);
  });

  it('shows the number shared with another identity that has the name now: what both compare before it is accepted', async () => {
    const { world, sam, carol } = await samAndCarol();
    assert.equal(sam.chat.decisions.safetyNumber(carol.identity).changed, null);
    const other = await carolStartsAnew(world, carol);
    other.open(sam);
    const { digits, changed } = sam.chat.decisions.safetyNumber(carol.identity);
    assert.deepEqual(changed, {
      identity: other.identity,
      digits: other.chat.decisions.safetyNumber(sam.identity).digits,
    });
    assert.notEqual(changed.digits, digits);
    sam.chat.decisions.acceptIdentity(carol.identity, other.identity);
    assert.equal(sam.chat.decisions.setVerified(other.identity, changed.digits).trust, 'verified');
  });

  it('counts for the identity whose number was compared, and for no other', async () => {
    const { world, sam, carol } = await samAndCarol();
    const { digits } = sam.chat.decisions.safetyNumber(carol.identity);
    const next = await world.replaceIdentity(carol);
    await next.goOnline();
    sam.chat.succession(next.successions);
    await world.clock.settle();
    for (const [identity, compared] of [
      [carol.identity, digits],
      [carol.identity, null],
      [next.identity, digits],
    ] as const) {
      assert.throws(
        () => sam.chat.decisions.setVerified(identity, compared),
        (error) => error instanceof ContactStateError && error.message.includes('compare again'),
      );
    }
    assert.equal(sam.view(next.identity)?.trust, 'unverified');
    assert.equal(sam.verify(next).trust, 'verified');
  });

  it('is kept over a restart, and can be taken back', async () => {
    const { world, sam, carol } = await samAndCarol();
    assert.equal(sam.verify(carol).trust, 'verified');
    const again = world.person('Sam', await sam.crash(), sam.key === null ? {} : { key: sam.key });
    assert.equal(again.view(carol.identity)?.trust, 'verified');
    assert.equal(again.chat.decisions.setVerified(carol.identity, null).trust, 'unverified');
  });
});

describe('another server', () => {
  it('may know a contact: it is the same one; what it calls others has nothing to do with contacts elsewhere', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.chat.goOffline();
    await world.clock.settle();
    world.tell = (presence) => (presence.identity === carol.identity ? null : presence);
    const namesake = world.person('Carol', disks(), { key: generateKeyPair() });
    await namesake.goOnline();
    sam.chat.goOnline(sam.directory, 'https://elsewhere.example');
    await sam.chat.directoryConnected();
    await world.clock.settle();
    assert.equal(sam.view(carol.identity)?.changedTo, null);
    assert.deepEqual(
      sam.seen.directory?.people.map(({ id }) => id),
      [namesake.identity],
    );
    world.tell = (presence) =>
      presence.identity === carol.identity ? { ...presence, name: 'Carol.C' } : presence;
    world.announce(carol);
    await sam.write(carol, 'You are here, too.');
    await world.clock.advance(10_000);
    assert.equal(sam.disks.history.contacts()[0]?.server, 'https://elsewhere.example');
    assert.equal(carol.conversation(sam).at(-1), 'Sam: You are here, too.');
    assert.equal(sam.view(carol.identity)?.name, 'Carol');
  });
});

describe('an account that is deleted', () => {
  it('leaves the directory; a contact and the conversation stay', async () => {
    const { world, sam, carol } = await samAndCarol();
    const dave = world.person('Dave');
    await dave.goOnline();
    await world.introduce(dave);
    for (const gone of [carol, dave]) {
      await gone.crash();
      sam.chat.removed(gone.identity);
    }
    await world.clock.settle();
    assert.deepEqual(sam.seen.directory?.people, []);
    assert.deepEqual([sam.view(carol.identity)?.presence, sam.conversation(carol).length], ['offline', 2]);
  });
});

describe('a hello', () => {
  it('with a statement about nobody known here is taken, and the statement left alone', async () => {
    const { world, sam, carol } = await samAndCarol();
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
