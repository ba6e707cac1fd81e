import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { MAX_TEXT_BYTES } from '@p2p-chat/protocol/limits';
import { LinkClose } from '@p2p-chat/protocol/link';
import { EmptyTextError, TextTooLongError, UnknownContactError } from '../../src/core/errors.ts';
import { StorageError } from '../../src/core/storage-ports.ts';
import { newMessageId } from '../support/envelopes.ts';
import { memoryChannelPair } from '../support/memory-channel.ts';
import { samAndCarol } from './world.ts';
import { ScriptedPeer } from './scripted-peer.ts';

describe('two people online', () => {
  it('see each other in the directory until they are contacts', async () => {
    const { world, sam, carol } = await samAndCarol();
    assert.deepEqual(
      sam.seen.directory?.people.map(({ name }) => name),
      ['Carol'],
    );
    sam.open(carol);
    await world.clock.settle();
    assert.deepEqual(sam.seen.directory.people, []);
    assert.deepEqual(
      sam.chat.contacts.map(({ name, presence }) => [name, presence]),
      [['Carol', 'online']],
    );
  });

  it('open a link when one opens the conversation, and the other is told', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.open(carol);
    await world.clock.settle();
    assert.equal(sam.seen.contacts.get(carol.identity)?.linked, true);
    assert.deepEqual(
      sam.seen.notices.map(({ kind }) => kind),
      ['connected'],
    );
  });

  it('get what the other writes, once, and the writer sees it delivered', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.open(carol);
    await sam.write(carol, 'hello');
    await carol.write(sam, 'hello yourself');
    await world.clock.settle();
    assert.deepEqual(sam.conversation(carol), ['Sam: hello', 'Carol: hello yourself']);
    assert.deepEqual(carol.conversation(sam), ['Sam: hello', 'Carol: hello yourself']);
    assert.deepEqual([sam.states(carol), carol.states(sam)], [['delivered'], ['delivered']]);
    assert.deepEqual([sam.waiting, carol.waiting], [0, 0]);
  });

  it('become contacts by the first message, not by a link alone', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.open(carol);
    await world.clock.settle();
    assert.deepEqual(carol.chat.contacts, []);
    await sam.write(carol, 'hello');
    await world.clock.settle();
    assert.deepEqual(
      carol.chat.contacts.map(({ name, unread }) => [name, unread]),
      [['Sam', 1]],
    );
  });

  it('find what either wrote, by a part of a word, newest first, as it is shown', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.open(carol);
    await sam.write(carol, 'call parseHeaders first');
    await carol.write(sam, 'and then parseHeader again');
    await carol.write(sam, 'or not');
    await world.clock.settle();
    const found = sam.chat.search('HEADER', 10);
    assert.deepEqual(
      found.map(({ text }) => text),
      ['and then parseHeader again', 'call parseHeaders first'],
    );
    assert.deepEqual(found[1], sam.seen.messages.get(found[1]?.id ?? ''));
    assert.deepEqual(
      sam.chat.search('header', 1).map(({ text }) => text),
      ['and then parseHeader again'],
    );
    assert.deepEqual(sam.chat.search('nobody wrote this', 10), []);
    assert.deepEqual(sam.chat.search('header', 10, carol.identity), found);
    assert.deepEqual(sam.chat.search('header', 10, sam.identity), []);
  });

  it('have no unread messages any longer once they were read', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.open(carol);
    await sam.write(carol, 'hello');
    await world.clock.settle();
    const [message] = [...carol.seen.messages.values()];
    carol.chat.markRead(sam.identity, message?.order ?? 0);
    assert.equal(carol.seen.contacts.get(sam.identity)?.unread, 0);
  });

  it('keep one link when both dial at once', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.open(carol);
    carol.open(sam);
    await world.clock.settle();
    await sam.write(carol, 'one');
    await carol.write(sam, 'two');
    await world.clock.advance(30_000);
    assert.deepEqual([sam.states(carol), carol.states(sam)], [['delivered'], ['delivered']]);
    assert.deepEqual([sam.dials, carol.dials], [1, 1]);
  });

  it('go on talking, and find each other again, when the discovery server is gone', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.open(carol);
    await sam.write(carol, 'before');
    world.stopServer();
    await sam.write(carol, 'after');
    world.cutAll();
    await world.clock.advance(5_000);
    await carol.write(sam, 'on a new link');
    await world.clock.advance(5_000);
    assert.deepEqual(sam.conversation(carol), ['Sam: before', 'Sam: after', 'Carol: on a new link']);
    assert.deepEqual(sam.states(carol), ['delivered', 'delivered']);
  });
});

describe('somebody away', () => {
  it('gets what was held, in order, once, without a click, when they come back', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.open(carol);
    await world.clock.settle();
    await carol.goOffline();
    for (const text of ['one', 'two', 'three']) await sam.write(carol, text);
    assert.deepEqual(sam.states(carol), ['held', 'held', 'held']);
    assert.deepEqual(
      sam.seen.notices.map(({ kind }) => kind),
      ['connected', 'away'],
    );
    await carol.goOnline();
    await world.clock.settle();
    assert.deepEqual(carol.conversation(sam), ['Sam: one', 'Sam: two', 'Sam: three']);
    assert.deepEqual(sam.states(carol), ['delivered', 'delivered', 'delivered']);
    assert.ok([...carol.seen.messages.values()].every(({ held }) => held));
  });

  it('gets what was held before the writer restarted, whoever comes back last', async () => {
    for (const last of ['Sam', 'Carol']) {
      const { world, sam, carol } = await samAndCarol();
      sam.open(carol);
      await carol.goOffline();
      await sam.write(carol, 'one', '/workspace');
      await sam.write(carol, 'two', null);
      const again = world.person('Sam', await sam.crash());
      const order = last === 'Sam' ? [carol, again] : [again, carol];
      for (const person of order) await person.goOnline();
      await world.clock.settle();
      assert.deepEqual(carol.conversation(again), ['Sam: one', 'Sam: two'], last);
      assert.deepEqual(again.waiting, 0);
    }
  });

  it('is not called away while an editor reloads within ten seconds', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.open(carol);
    await world.clock.advance(60_000);
    carol.isOnline = false;
    world.cutAll();
    await world.clock.advance(3_000);
    const written = await sam.write(carol, 'still there?');
    assert.equal(written.state, 'sending');
    carol.isOnline = true;
    await world.clock.advance(10_000);
    assert.deepEqual(sam.states(carol), ['delivered']);
    assert.deepEqual(
      sam.seen.notices.map(({ kind }) => kind),
      ['connected'],
    );
  });

  it('is called away when no link comes about for longer, whatever the server says', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.open(carol);
    await sam.write(carol, 'hello');
    world.networkUp = false;
    world.cutAll();
    await sam.write(carol, 'are you there?');
    await world.clock.advance(20_000);
    assert.deepEqual(sam.states(carol), ['delivered', 'held']);
  });
});

describe('a message', () => {
  it('that comes again with the same id is one message', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.open(carol);
    const request = { id: newMessageId(), contact: carol.identity, text: 'once', folder: null };
    const both = [sam.chat.write(request), sam.chat.write(request)];
    await world.clock.settle();
    const third = await sam.chat.write(request);
    assert.deepEqual(
      (await Promise.all(both)).map(({ id }) => id),
      [third.id, third.id],
    );
    assert.deepEqual(carol.conversation(sam), ['Sam: once']);
  });

  it('that is too long is refused with its size before anything is stored', async () => {
    const { sam, carol } = await samAndCarol();
    sam.open(carol);
    const long = 'x'.repeat(MAX_TEXT_BYTES + 1);
    await assert.rejects(
      () => sam.write(carol, long),
      (error) => error instanceof TextTooLongError && error.message.includes('32,769 bytes'),
    );
    assert.deepEqual(sam.conversation(carol), []);
  });

  it('without a text is refused', async () => {
    const { sam, carol } = await samAndCarol();
    await assert.rejects(() => sam.write(carol, ''), EmptyTextError);
  });

  it('has U+FFFD for half of a character, which no UTF-8 has and a strict reader would not take', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.open(carol);
    await sam.write(carol, 'cut \ud83d');
    await world.clock.settle();
    assert.deepEqual(sam.conversation(carol), ['Sam: cut \ufffd']);
    assert.deepEqual(carol.conversation(sam), ['Sam: cut \ufffd']);
  });

  it('to nobody known is refused', async () => {
    const { sam } = await samAndCarol();
    await assert.rejects(
      () => sam.chat.write({ id: newMessageId(), contact: 'f'.repeat(64), text: 'hello', folder: null }),
      UnknownContactError,
    );
  });

  it('that the disk did not take is not shown, and the next one goes', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.open(carol);
    await sam.write(carol, 'first');
    const outbox = sam.disks.outboxes.get(null);
    assert.ok(outbox);
    const working = { ...outbox };
    outbox.add = () => {
      throw new StorageError('The disk is full: make room, then try again.');
    };
    await assert.rejects(() => sam.write(carol, 'lost?'), StorageError);
    Object.assign(outbox, working);
    await sam.write(carol, 'second');
    await world.clock.settle();
    assert.deepEqual(carol.conversation(sam), ['Sam: first', 'Sam: second']);
  });

  it('of a kind that a newer version has is kept, acknowledged, counted and shown as what it is, between the others', async () => {
    const { world, sam, carol } = await samAndCarol();
    await carol.goOffline();
    const who = { identity: carol.identity, device: carol.device };
    const newer = await new ScriptedPeer(world, sam, who).greet();
    const poll = { kind: 'poll', body: { question: 'Lunch?', answers: ['yes', 'no'] } };
    await newer.say({ body: { text: 'before' } }, poll, { body: { text: 'after' } });
    assert.deepEqual(
      newer.receipts.map(({ next, refused }) => [next, refused]),
      [[4, []]],
    );
    const { messages } = sam.chat.older(carol.identity, null, 10);
    assert.deepEqual(
      messages.map(({ kind, text }) => [kind, text]),
      [
        ['text', 'before'],
        ['poll', null],
        ['text', 'after'],
      ],
    );
    assert.equal(sam.view(carol.identity)?.unread, 3);
    const [, stored] = sam.disks.history.page(carol.identity, null, 10).messages;
    assert.deepEqual(stored?.envelope.body, poll.body, 'a later version can read it');
  });

  it('whose receipt got lost is delivered once all the same', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.open(carol);
    await sam.write(carol, 'first');
    const written = sam.write(carol, 'second');
    await Promise.resolve();
    world.cutAll();
    await written;
    await world.clock.advance(5_000);
    assert.deepEqual(carol.conversation(sam), ['Sam: first', 'Sam: second']);
    assert.deepEqual(sam.states(carol), ['delivered', 'delivered']);
  });

  it('of a workspace that was deleted is delivered from the history', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.open(carol);
    await carol.goOffline();
    await sam.write(carol, 'kept', '/workspace');
    const disks = await sam.crash();
    disks.outboxes.delete('/workspace');
    const again = world.person('Sam', disks);
    const texts = disks.outboxes
      .get(null)
      ?.all()
      .map(({ envelope: { body } }) => body['text']);
    assert.deepEqual(texts, ['kept'], 'it lies in the global outbox');
    await again.goOnline();
    await carol.goOnline();
    await world.clock.settle();
    assert.deepEqual(carol.conversation(again), ['Sam: kept']);
  });

  it('that reached the outbox but not the history before a crash is delivered', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.open(carol);
    await carol.goOffline();
    await sam.write(carol, 'one');
    const [entry] = sam.disks.outboxes.get(null)?.all() ?? [];
    assert.ok(entry);
    const unseen = { ...entry.envelope, id: newMessageId(), seq: entry.envelope.seq + 1 };
    sam.disks.outboxes.get(null)?.add([{ contact: carol.identity, envelope: unseen }]);
    const again = world.person('Sam', await sam.crash());
    await again.goOnline();
    await carol.goOnline();
    await world.clock.settle();
    assert.deepEqual(carol.conversation(again), ['Sam: one', 'Sam: one']);
  });
});

describe('a stranger', () => {
  it('whom neither a pin nor the directory knows is told that nobody is available', async () => {
    const { world, sam } = await samAndCarol();
    const mallory = { identity: 'f'.repeat(64), device: 'e'.repeat(64) };
    const [near, far] = memoryChannelPair(mallory, sam);
    const ends: number[] = [];
    near.bind({
      frame: () => assert.fail('nothing is said to a stranger'),
      closed: (code) => ends.push(code),
    });
    void sam.chat.accept(far);
    await world.clock.settle();
    assert.deepEqual(ends, [LinkClose.unavailable]);
    assert.deepEqual(sam.chat.contacts, []);
  });

  it('leaves nothing behind when they only connect', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.open(carol);
    await world.clock.settle();
    assert.deepEqual(carol.disks.history.contacts(), []);
  });
});

describe('stopping', () => {
  it('leaves no timer', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.open(carol);
    carol.open(sam);
    await sam.write(carol, `hello ${randomUUID()}`);
    world.networkUp = false;
    world.cutAll();
    await world.clock.advance(3_000);
    sam.chat.stop();
    carol.chat.stop();
    await world.clock.settle();
    assert.equal(world.clock.pending, 0);
  });
});
