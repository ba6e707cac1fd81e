import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import type { Change } from '@p2p-chat/protocol/kinds';
import { MAX_TEXT_BYTES } from '@p2p-chat/protocol/limits';
import { EmptyTextError, MessageStateError, TextTooLongError } from '../../src/core/errors.ts';
import type { MessageView } from '../../src/core/views.ts';
import { newMessageId, textEnvelope } from '../support/envelopes.ts';
import { type Person, samOpenToCarol, type World } from './world.ts';

/** What one of two people sees of the newest message. */
function newest(person: Person, other: Person): MessageView {
  const view = person.chat.older(other.identity, null, 10).messages.at(-1);
  assert.ok(view);
  return view;
}

async function change(world: World, person: Person, other: Person, made: Change): Promise<MessageView> {
  const done = person.chat.change({
    id: newMessageId(),
    contact: other.identity,
    change: made,
    folder: null,
  });
  await Promise.allSettled([done, world.clock.settle()]);
  return done;
}

async function reply(world: World, person: Person, to: Person, text: string, about: MessageView) {
  const replyTo = { message: about.id, by: about.mine ? ('sender' as const) : ('recipient' as const) };
  const request = { id: newMessageId(), contact: to.identity, text, replyTo, folder: null };
  const done = person.chat.write(request);
  await Promise.allSettled([done, world.clock.settle()]);
  return done;
}

const thumb = (message: string, on = true): Change => ({
  kind: 'reaction',
  message,
  by: 'recipient',
  emoji: '👍',
  on,
});

describe('an edit', () => {
  it('shows what the message says now, marked, on both sides, in its place', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    const { id } = await sam.write(carol, 'teh first');
    await sam.write(carol, 'second');
    const shown = await change(world, sam, carol, { kind: 'edit', message: id, text: 'the first' });
    assert.deepEqual([shown.id, shown.text, shown.edited], [id, 'the first', true]);
    for (const conversation of [sam.conversation(carol), carol.conversation(sam)]) {
      assert.deepEqual(conversation, ['Sam: the first', 'Sam: second']);
    }
    assert.deepEqual([carol.seen.messages.get(id)?.edited, sam.waiting], [true, 0]);
    assert.equal(sam.seen.messages.get(id)?.state, 'delivered');
  });

  it('is no new message: nobody is notified, and nothing more is unread', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    const { id } = await sam.write(carol, 'hello');
    await change(world, sam, carol, { kind: 'edit', message: id, text: 'hello!' });
    await change(world, sam, carol, { kind: 'edit', message: id, text: 'hello?' });
    assert.equal(carol.seen.arrived.length, 1);
    assert.equal(carol.seen.contacts.get(sam.identity)?.unread, 1);
  });

  it('is held like a message while the contact is away, and shown so', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    const { id } = await sam.write(carol, 'hello');
    await carol.goOffline();
    const shown = await change(world, sam, carol, { kind: 'edit', message: id, text: 'hello!' });
    assert.deepEqual([shown.text, shown.state], ['hello!', 'held']);
    await carol.goOnline();
    await world.clock.advance(20_000);
    assert.deepEqual([newest(sam, carol).state, newest(carol, sam).text], ['delivered', 'hello!']);
  });

  it('that says the same is not sent', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    const { id } = await sam.write(carol, 'hello');
    const shown = await change(world, sam, carol, { kind: 'edit', message: id, text: 'hello' });
    assert.equal(shown.edited, false);
    assert.equal(carol.seen.messages.get(id)?.edited, false);
  });

  it('has U+FFFD for half of a character, as a message has', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    const { id } = await sam.write(carol, 'hello');
    await change(world, sam, carol, { kind: 'edit', message: id, text: 'cut \ud83d' });
    assert.deepEqual([newest(sam, carol).text, newest(carol, sam).text], ['cut \ufffd', 'cut \ufffd']);
  });

  it('says something, and no more than a message may', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    const { id } = await sam.write(carol, 'hello');
    const edit = (text: string) => change(world, sam, carol, { kind: 'edit', message: id, text });
    await assert.rejects(edit(''), EmptyTextError);
    await assert.rejects(edit('x'.repeat(MAX_TEXT_BYTES + 1)), TextTooLongError);
  });

  it('is what the message says, however much the other does with it', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    const { id } = await sam.write(carol, 'teh first');
    await change(world, sam, carol, { kind: 'edit', message: id, text: 'the first' });
    for (let count = 0; count < 300; count += 1) await change(world, carol, sam, thumb(id, count % 2 === 0));
    assert.deepEqual([newest(sam, carol).text, newest(carol, sam).text], ['the first', 'the first']);
    await change(world, sam, carol, { kind: 'delete', message: id });
    assert.deepEqual([newest(sam, carol).deleted, newest(carol, sam).deleted], [true, true]);
  });

  it('of what the other wrote is none, whatever a peer sends', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    await carol.write(sam, 'from Carol');
    await sam.write(carol, 'from Sam');
    const { id } = newest(carol, sam);
    const [author, device, epoch] = [carol.identity, carol.device, randomUUID()];
    const forged = (['edit', 'delete'] as const).map((kind, index) => ({
      envelope: textEnvelope('Carol', 'Sam', {
        ...{ author, device, epoch, seq: index + 1, kind },
        body: kind === 'edit' ? { message: id, text: 'I never said that' } : { message: id },
      }),
      held: false,
    }));
    sam.disks.history.receive(author, device, { epoch, next: 3 }, forged, [], 0);
    await assert.rejects(
      change(world, carol, sam, { kind: 'edit', message: id, text: 'I never said that' }),
      MessageStateError,
    );
    assert.deepEqual(sam.conversation(carol), ['Carol: from Carol', 'Sam: from Sam']);
  });
});

describe('a deletion', () => {
  it('leaves a place without a text on both sides, and what was said on no disk', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    const { id } = await sam.write(carol, 'my password is swordfish');
    await change(world, sam, carol, { kind: 'edit', message: id, text: 'swordfish, still' });
    const shown = await change(world, sam, carol, { kind: 'delete', message: id });
    assert.deepEqual([shown.deleted, shown.text], [true, null]);
    assert.deepEqual([newest(carol, sam).deleted, newest(sam, carol).state], [true, 'delivered']);
    for (const [person, author] of [
      [sam, sam],
      [carol, sam],
    ] as const) {
      const { history } = person.disks;
      const other = person === sam ? carol : sam;
      const stored = [history.find(id, author.identity), ...history.changes(other.identity, [id])];
      assert.ok(stored.length >= 2);
      assert.doesNotMatch(JSON.stringify(stored), /swordfish/);
      assert.deepEqual(person.chat.search('swordfish', 10), []);
    }
  });

  it('of what was never delivered notifies nobody of it', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    await sam.write(carol, 'hello');
    await carol.goOffline();
    const { id } = await sam.write(carol, 'a slip');
    await change(world, sam, carol, { kind: 'delete', message: id });
    await carol.goOnline();
    await world.clock.advance(20_000);
    assert.deepEqual([newest(carol, sam).deleted, newest(sam, carol).state], [true, 'delivered']);
    assert.ok(!carol.seen.arrived.some(({ text }) => text === 'a slip'));
  });

  it('comes to the same when it comes twice, and is the end of edits', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    const { id } = await sam.write(carol, 'hello');
    await change(world, sam, carol, { kind: 'delete', message: id });
    await change(world, sam, carol, { kind: 'delete', message: id });
    await assert.rejects(
      change(world, sam, carol, { kind: 'edit', message: id, text: 'again' }),
      MessageStateError,
    );
    assert.deepEqual(carol.conversation(sam), ['Sam: ']);
  });
});

describe('a reaction', () => {
  it('is shown on both sides as whose it is, and is taken away again', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    await sam.write(carol, 'shipped');
    const { id } = newest(carol, sam);
    await change(world, carol, sam, thumb(id));
    assert.deepEqual(newest(sam, carol).reactions, [{ emoji: '👍', mine: false, theirs: true }]);
    await change(world, sam, carol, { ...thumb(id), by: 'sender' } as Change);
    assert.deepEqual(newest(carol, sam).reactions, [{ emoji: '👍', mine: true, theirs: true }]);
    await change(world, carol, sam, thumb(id, false));
    assert.deepEqual(newest(carol, sam).reactions, [{ emoji: '👍', mine: false, theirs: true }]);
  });

  it('survives that either of the two is another identity later', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    await sam.write(carol, 'shipped');
    await change(world, carol, sam, thumb(newest(carol, sam).id));
    const stored = sam.disks.history.changes(carol.identity, [newest(sam, carol).id]);
    assert.deepEqual(
      stored.map(({ envelope: { body } }) => body['by']),
      ['recipient'],
    );
  });
});

describe('a reply', () => {
  it('shows how the message that it replies to begins now, on both sides', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    const { id, order } = await sam.write(carol, 'shall we ship?');
    await reply(world, carol, sam, 'yes', newest(carol, sam));
    assert.deepEqual(newest(sam, carol).replyTo, { id, mine: true, order, text: 'shall we ship?' });
    await change(world, sam, carol, { kind: 'edit', message: id, text: 'shall we wait?' });
    assert.equal(newest(carol, sam).replyTo?.text, 'shall we wait?');
    assert.equal(newest(carol, sam).replyTo?.mine, false);
    await change(world, sam, carol, { kind: 'delete', message: id });
    assert.deepEqual(newest(carol, sam).replyTo?.text, null);
  });

  it('to what is not here is a message all the same', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    const unknown = { ...(await sam.write(carol, 'hello')), id: newMessageId() };
    await reply(world, carol, sam, 'what was that?', { ...unknown, mine: false });
    const { text, replyTo } = newest(sam, carol);
    assert.deepEqual(
      [text, replyTo],
      ['what was that?', { id: unknown.id, mine: true, order: null, text: null }],
    );
  });
});

describe('a change of a message that is gone', () => {
  it('does not bring back what it says, and is acknowledged', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    const { id } = await sam.write(carol, 'the old words');
    carol.chat.decisions.clearHistory(sam.identity);
    await change(world, sam, carol, { kind: 'edit', message: id, text: 'the new words' });
    await sam.write(carol, 'something else');
    await world.clock.advance(1_000);
    assert.equal(newest(sam, carol).state, 'delivered');
    assert.deepEqual(
      [carol.conversation(sam), carol.disks.history.received(sam.identity).messages, sam.waiting],
      [['Sam: something else'], 1, 0],
    );
    assert.deepEqual(carol.disks.history.search('new words', { contact: null, limit: 9 }), []);
  });

  it('counts where the message comes in the same batch', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    await carol.goOffline();
    const { id } = await sam.write(carol, 'teh first');
    await change(world, sam, carol, { kind: 'edit', message: id, text: 'the first' });
    await carol.goOnline();
    await world.clock.advance(20_000);
    assert.deepEqual(carol.conversation(sam), ['Sam: the first']);
  });
});

describe('a search', () => {
  it('finds what a message says now, once, and not what it said', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    const { id, order } = await sam.write(carol, 'the old words');
    await change(world, sam, carol, { kind: 'edit', message: id, text: 'the new words' });
    await world.clock.advance(1_000);
    for (const person of [sam, carol]) {
      assert.deepEqual(person.chat.search('old words', 10), []);
      assert.deepEqual(
        person.chat.search('words', 10).map(({ text }) => text),
        ['the new words'],
      );
    }
    assert.deepEqual(
      sam.chat.search('new', 10).map((found) => found.order),
      [order],
    );
  });
});
