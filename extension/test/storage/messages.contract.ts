import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import type { Envelope } from '@p2p-chat/protocol/envelope';
import { FORGOTTEN_AT_ONCE, type HistoryStore, MAX_REACTIONS_READ } from '../../src/core/storage-ports.ts';
import { fingerprintNamed, newMessageId, textEnvelope } from '../support/envelopes.ts';
import {
  SAM,
  CAROL,
  NEW_CAROL,
  CAROLS_DEVICE,
  carol,
  written,
  arrived,
  changed,
  indexed,
  found,
} from '../support/stored-history.ts';

/** What every history does with messages. */
export function messagesContract(open: () => HistoryStore): void {
  describe('messages', () => {
    it('keeps written messages pending, in order, with the counter behind them', () => {
      const history = open();
      const { epoch, stored } = written(history, 3);
      assert.deepEqual(history.undelivered(), stored);
      assert.deepEqual(
        stored.map(({ envelope }) => envelope.seq),
        [1, 2, 3],
      );
      assert.deepEqual(history.outbound(CAROL), { cursor: { epoch, next: 4 }, retired: [] });
      history.close();
    });

    it('leaves a message alone that is added a second time', () => {
      const history = open();
      const { epoch, stored } = written(history, 1);
      const [first] = stored;
      assert.ok(first);
      history.settle(SAM, [{ id: first.envelope.id, state: 'delivered', refused: null, isChange: false }]);
      history.addOutgoing([first], [{ contact: CAROL, cursor: { epoch, next: 2 } }]);
      assert.equal(history.find(first.envelope.id, SAM)?.state, 'delivered');
      history.close();
    });

    it('settles pending messages once, and only those', () => {
      const history = open();
      const { stored } = written(history, 2);
      const [first, second] = stored.map(({ envelope }) => envelope.id);
      assert.ok(first !== undefined && second !== undefined);
      const changed = history.settle(SAM, [
        { id: first, state: 'delivered', refused: null, isChange: false },
        { id: second, state: 'refused', refused: 'too-large', isChange: false },
      ]);
      assert.deepEqual(changed, new Set([first, second]));
      assert.deepEqual(
        [first, second].map((id) => {
          const { state, refused } = history.find(id, SAM) ?? {};
          return [state, refused];
        }),
        [
          ['delivered', null],
          ['refused', 'too-large'],
        ],
      );
      assert.deepEqual(
        history.settle(SAM, [{ id: second, state: 'delivered', refused: null, isChange: false }]),
        new Set(),
      );
      assert.deepEqual(history.undelivered(), []);
      history.close();
    });

    it('pages backwards in the order of local arrival', () => {
      const history = open();
      const epoch = randomUUID();
      arrived(history, epoch, 1, 2);
      written(history, 1);
      arrived(history, epoch, 3);
      const newest = history.page(CAROL, null, 3);
      assert.equal(newest.hasOlder, true);
      assert.deepEqual(
        newest.messages.map(({ mine, envelope }) => [mine, envelope.seq]),
        [
          [false, 2],
          [true, 1],
          [false, 3],
        ],
      );
      const older = history.page(CAROL, newest.messages[0]?.order ?? 0, 3);
      assert.deepEqual([older.messages.length, older.hasOlder], [1, false]);
      history.close();
    });

    it('computes unread from the read marker', () => {
      const history = open();
      history.saveContact(carol);
      const [, second] = arrived(history, randomUUID(), 1, 2, 3);
      written(history, 1);
      assert.deepEqual(history.summary(CAROL), { unread: 3, lastMessageAt: 1000 });
      history.saveContact({ ...carol, readUpTo: second?.order ?? 0 });
      assert.equal(history.summary(CAROL).unread, 1);
      history.close();
    });

    it('counts nothing as unread that is gone: deleted, forgotten, or of a contact who was removed', () => {
      for (const leave of [
        (history: HistoryStore) => history.clear(CAROL),
        (history: HistoryStore) => void history.forget(2001),
        (history: HistoryStore) => history.removeContact(CAROL),
        (history: HistoryStore) => history.forgetMessages(carol),
      ]) {
        const history = open();
        history.saveContact(carol);
        const epoch = randomUUID();
        arrived(history, epoch, 1, 2, 3);
        assert.equal(history.summary(CAROL).unread, 3);
        leave(history);
        assert.equal(history.summary(CAROL).unread, 0);
        arrived(history, epoch, 4);
        assert.equal(history.summary(CAROL).unread, 1);
        history.close();
      }
    });

    it('takes nothing of what is gone a second time, as out of an old backup of whoever wrote it', () => {
      for (const leave of [
        (history: HistoryStore) => history.clear(CAROL),
        (history: HistoryStore) => void history.forget(2001),
        (history: HistoryStore) => history.removeContact(CAROL),
        (history: HistoryStore) => history.forgetMessages(carol),
      ]) {
        const history = open();
        history.saveContact(carol);
        const [first] = arrived(history, randomUUID(), 1, 2);
        assert.ok(first);
        leave(history);
        const again = { envelope: { ...first.envelope, epoch: randomUUID() }, held: true };
        const cursor = { epoch: again.envelope.epoch, next: 2, last: again.envelope.id };
        assert.deepEqual(history.receive(CAROL, CAROLS_DEVICE, cursor, [again], [], 3000), []);
        assert.deepEqual(history.page(CAROL, null, 10).messages, []);
        assert.deepEqual(history.inbound(CAROLS_DEVICE).cursor, cursor);
        history.close();
      }
    });

    it('tells the newest message of a contact up to an order', () => {
      const history = open();
      const [first, second] = arrived(history, randomUUID(), 1, 2, 3);
      written(history, 1);
      assert.ok(first !== undefined && second !== undefined);
      assert.deepEqual(history.newestReceived(CAROL, second.order), second);
      assert.equal(history.newestReceived(CAROL, Number.MAX_SAFE_INTEGER)?.envelope.seq, 3);
      assert.equal(history.newestReceived(CAROL, first.order - 1), null);
      history.close();
    });

    it('gives pending messages another author, conversation and place by their ids', () => {
      const history = open();
      const { stored } = written(history, 2);
      const epoch = randomUUID();
      const envelopes = stored.map(({ envelope }, index) => ({
        ...envelope,
        author: NEW_CAROL,
        conversation: 'c'.repeat(64),
        epoch,
        seq: index + 1,
      }));
      history.renumber(CAROL, { epoch, next: 3 }, envelopes);
      assert.deepEqual(
        history.undelivered().map(({ envelope }) => envelope),
        envelopes,
      );
      const [first] = envelopes;
      assert.ok(first);
      assert.equal(history.find(first.id, SAM), null);
      const end = { id: first.id, state: 'delivered', refused: null, isChange: false } as const;
      assert.equal(history.settle(NEW_CAROL, [end]).size, 1);
      history.close();
    });

    it('counts what came from a contact, and the bytes of its texts', () => {
      const history = open();
      const epoch = randomUUID();
      const bodies = [
        textEnvelope('Carol', 'Sam', { epoch, seq: 1, body: { text: 'größer 🙂 "' } }),
        textEnvelope('Carol', 'Sam', { epoch, seq: 2, kind: 'poll', body: { text: 'ja?', ö: [1] } }),
      ];
      written(history, 1);
      assert.deepEqual(history.received(CAROL), { messages: 0, bytes: 0 });
      const arriving = bodies.map((envelope) => ({ envelope, held: false }));
      history.receive(CAROL, CAROLS_DEVICE, { epoch, next: 3 }, arriving, [], 2000);
      const bytes = Buffer.byteLength('größer 🙂 "') + Buffer.byteLength('{"text":"ja?","ö":[1]}');
      assert.deepEqual(history.received(CAROL), { messages: 2, bytes });
      history.close();
    });

    it('forgets what is old, a bounded number at a time, but neither what waits nor the counters', () => {
      const history = open();
      const epoch = randomUUID();
      arrived(history, epoch, ...Array.from({ length: FORGOTTEN_AT_ONCE + 1 }, (_, at) => at + 1));
      const { stored } = written(history, 2);
      const [first, second] = stored.map(({ envelope }) => envelope.id);
      assert.ok(first !== undefined);
      history.settle(SAM, [{ id: first, state: 'delivered', refused: null, isChange: false }]);
      history.addNotice({ contact: CAROL, kind: 'renamed', after: 0, at: 5, detail: '' });
      history.addNotice({ contact: CAROL, kind: 'renamed', after: 0, at: 2001, detail: '' });
      const counts: number[] = [];
      for (let count = history.forget(2001); count > 0; count = history.forget(2001)) counts.push(count);
      assert.deepEqual(counts, [FORGOTTEN_AT_ONCE + 1, 2]);
      assert.deepEqual(
        history.page(CAROL, null, 9).messages.map(({ envelope }) => envelope.id),
        [second],
      );
      assert.deepEqual(
        history.notices(CAROL).map(({ at }) => at),
        [2001],
      );
      assert.equal(history.inbound(CAROLS_DEVICE).cursor?.next, FORGOTTEN_AT_ONCE + 2);
      assert.equal(history.outbound(CAROL).cursor?.next, 3);
      history.close();
    });

    it('has changes in no page and no count, and gives them by the message that they change, oldest first', () => {
      const history = open();
      history.saveContact(carol);
      const epoch = randomUUID();
      const [first] = arrived(history, epoch, 1);
      assert.ok(first);
      const { id } = first.envelope;
      changed(history, epoch, 2, { kind: 'edit', body: { message: id, text: 'otherwise' } });
      changed(history, epoch, 3, {
        kind: 'reaction',
        body: { message: id, by: 'sender', emoji: '👍', on: true },
      });
      changed(history, epoch, 4, { kind: 'edit', body: { nonsense: true } });
      assert.deepEqual(
        history.changes(CAROL, [id, newMessageId()]).map(({ envelope: { seq } }) => seq),
        [2, 3],
      );
      assert.deepEqual(history.changes(fingerprintNamed('Dave'), [id]), []);
      assert.deepEqual(
        history.page(CAROL, null, 10).messages.map(({ envelope: { seq } }) => seq),
        [1, 4],
      );
      assert.equal(history.summary(CAROL).unread, 2);
      assert.equal(history.newestReceived(CAROL, first.order + 2)?.order, first.order);
      history.close();
    });

    it('gives the newest edit and the first deletion of each person, whatever else changes the message', () => {
      const history = open();
      const epoch = randomUUID();
      const [mine] = written(history, 1).stored;
      assert.ok(mine);
      const { id } = mine.envelope;
      const own = (seq: number, change: Partial<Envelope>) => ({
        contact: CAROL,
        storedAt: 1,
        envelope: textEnvelope('Sam', 'Carol', { epoch: mine.envelope.epoch, seq, ...change }),
      });
      const edit = (text: string) => ({ kind: 'edit', body: { message: id, text } });
      const react = (emoji: string, on: boolean) => ({
        kind: 'reaction',
        body: { message: id, by: 'recipient', emoji, on },
      });
      const [first, second, refused] = [own(2, edit('first')), own(3, edit('second')), own(4, edit('third'))];
      const gone = own(5, { kind: 'delete', body: { message: id } });
      history.addOutgoing([first, second, refused, gone], []);
      history.settle(SAM, [
        { id: refused.envelope.id, state: 'refused', refused: 'unavailable', isChange: true },
      ]);
      const count = 2 * MAX_REACTIONS_READ + 2;
      for (let seq = 1; seq <= count; seq += 1) {
        const change = seq > MAX_REACTIONS_READ ? react('👍', seq % 2 === 0) : edit(`of Carol, ${seq}`);
        changed(history, epoch, seq, change);
      }
      const changes = history.changes(CAROL, [id]);
      assert.deepEqual(
        changes.slice(0, 4).map(({ envelope: { kind, body } }) => body['text'] ?? kind),
        ['second', 'delete', `of Carol, ${MAX_REACTIONS_READ}`, 'reaction'],
      );
      assert.deepEqual([changes.length, changes.at(-1)?.envelope.seq], [3 + MAX_REACTIONS_READ, count]);
      history.close();
    });

    it('forgets what changes a message with it, a bounded number at a time, but not what waits', () => {
      const history = open();
      const epoch = randomUUID();
      const [old, kept] = arrived(history, epoch, 1, 2);
      const [
        {
          epoch: counter,
          stored: [mine],
        },
      ] = [written(history, 1)];
      assert.ok(old && kept && mine);
      const react = (message: string, by: string, on = true) => ({
        kind: 'reaction',
        body: { message, by, emoji: '👍', on },
      });
      const count = FORGOTTEN_AT_ONCE + 5;
      const reactions = Array.from({ length: count }, (_, at) => ({
        envelope: textEnvelope('Carol', 'Sam', { epoch, seq: at + 3, ...react(old.envelope.id, 'sender') }),
        held: false,
      }));
      history.receive(CAROL, CAROLS_DEVICE, { epoch, next: count + 3 }, reactions, [], 5_000);
      changed(history, epoch, count + 3, {
        kind: 'edit',
        body: { message: kept.envelope.id, text: 'edited' },
      });
      const waiting = textEnvelope('Sam', 'Carol', {
        epoch: counter,
        seq: 2,
        ...react(old.envelope.id, 'recipient'),
      });
      history.addOutgoing([{ contact: CAROL, storedAt: 1, envelope: waiting }], []);
      let rounds = 0;
      while (history.forget(2_001) > 0) rounds += 1;
      assert.ok(rounds >= 2);
      assert.deepEqual(
        [...history.changes(CAROL, [old.envelope.id, kept.envelope.id])].map(({ envelope: { id } }) => id),
        [waiting.id],
      );
      assert.deepEqual(history.received(CAROL).messages, 0);
      history.settle(SAM, [{ id: waiting.id, state: 'delivered', refused: null, isChange: true }]);
      assert.equal(history.find(waiting.id, SAM), null);
      history.close();
    });

    it('has no change of what was cleared, once that is acknowledged, and takes none twice', () => {
      const history = open();
      const epoch = randomUUID();
      const [theirs] = arrived(history, epoch, 1);
      const {
        epoch: counter,
        stored: [mine],
      } = written(history, 1);
      assert.ok(theirs && mine);
      const own = (seq: number, change: Partial<Envelope>) => ({
        contact: CAROL,
        storedAt: 1,
        envelope: textEnvelope('Sam', 'Carol', { epoch: counter, seq, ...change }),
      });
      const end = (id: string) =>
        history.settle(SAM, [{ id, state: 'delivered', refused: null, isChange: true }]);
      end(mine.envelope.id);
      const edit = own(2, { kind: 'edit', body: { message: mine.envelope.id, text: 'edited' } });
      const later = own(3, {});
      const editOfLater = own(4, { kind: 'edit', body: { message: later.envelope.id, text: 'edited' } });
      history.addOutgoing(
        [edit, later, editOfLater],
        [{ contact: CAROL, cursor: { epoch: counter, next: 5 } }],
      );
      history.clear(CAROL);
      const waiting = [edit, later, editOfLater].map(({ envelope: { id } }) => id);
      assert.deepEqual(
        history.undelivered().map(({ envelope: { id } }) => id),
        waiting,
      );
      for (const id of waiting) assert.deepEqual(end(id), new Set([id]));
      assert.deepEqual(
        waiting.map((id) => history.find(id, SAM)?.state ?? null),
        [null, 'delivered', 'delivered'],
      );
      assert.deepEqual(found(indexed(history), 'edited').length, 1);
      assert.deepEqual(history.outbound(CAROL).cursor, { epoch: counter, next: 5 });
      history.close();
    });

    it('erases what a deleted message said and its edits, indexed or not, and what nobody else may delete stays', () => {
      const history = open();
      const epoch = randomUUID();
      const [first, second] = arrived(history, epoch, 1, 2);
      assert.ok(first && second);
      const { id } = first.envelope;
      const edits = [
        ...changed(history, epoch, 3, { kind: 'edit', body: { message: id, text: 'the first edit' } }),
        ...changed(indexed(history), epoch, 4, {
          kind: 'edit',
          body: { message: id, text: 'the second edit' },
        }),
      ];
      changed(history, epoch, 5, { kind: 'delete', body: { message: id } });
      const [mine] = written(history, 1).stored;
      assert.ok(mine);
      changed(history, epoch, 6, { kind: 'delete', body: { message: mine.envelope.id } });
      assert.deepEqual(history.find(id, CAROL)?.envelope.body, { text: '' });
      assert.deepEqual(
        edits.map(({ envelope }) => history.find(envelope.id, CAROL)?.envelope.body['text']),
        ['', ''],
      );
      assert.equal(history.changes(CAROL, [id]).at(-1)?.envelope.kind, 'delete');
      for (const stays of [second, mine]) {
        assert.deepEqual(history.find(stays.envelope.id, stays.envelope.author), stays);
      }
      assert.deepEqual(found(history, 'edit'), []);
      assert.deepEqual(found(indexed(history), 'hello').length, 2);
      // What left the index leaves it once.
      history.removeContact(CAROL);
      assert.deepEqual(found(history, 'hello'), []);
      history.close();
    });

    it('erases what this person deleted once that is delivered, under an earlier identity of theirs too', () => {
      const history = open();
      const epoch = randomUUID();
      const contact = CAROL;
      const of = (author: string, seq: number, change: Partial<Envelope> = {}) => ({
        contact,
        storedAt: 1,
        envelope: textEnvelope(author, 'Carol', { epoch, seq, ...change }),
      });
      const early = of('Sam before', 1);
      const late = of('Sam', 2);
      const gone = [early, late].map(({ envelope: { id: message } }, index) =>
        of('Sam', 3 + index, { kind: 'delete', body: { message } }),
      );
      history.addOutgoing([early, late, ...gone], [{ contact, cursor: { epoch, next: 5 } }]);
      const text = ({ envelope: { id, author } }: typeof early) =>
        history.find(id, author)?.envelope.body['text'];
      const deliver = ({ envelope: { id, author } }: typeof early) =>
        history.settle(author, [{ id, state: 'delivered', refused: null, isChange: true }]);
      assert.deepEqual([text(early), text(late)], ['hello', 'hello']);
      for (const message of [early, late]) deliver(message);
      assert.deepEqual([text(early), text(late)], ['hello', 'hello']);
      for (const deletion of gone) deliver(deletion);
      assert.deepEqual([text(early), text(late)], ['', '']);
      history.close();
    });
  });
}
