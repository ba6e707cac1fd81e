import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import type { HistoryStore, OutboxStore, StoredContact } from '../../src/core/ports.ts';
import { fingerprintNamed, textEnvelope } from '../support/envelopes.ts';

const SAM = fingerprintNamed('Sam');
const CAROL = fingerprintNamed('Carol');
const CAROLS_DEVICE = fingerprintNamed("Carol's device");

const carol: StoredContact = {
  identity: CAROL,
  server: 'http://127.0.0.1:8000',
  name: 'Carol',
  verified: false,
  endpoints: [{ address: '127.0.0.1', port: 5000 }],
  lastSeen: null,
  readUpTo: 0,
};

/** What every history must do, whatever it is made of. */
export function historyContract(name: string, open: () => HistoryStore): void {
  describe(`history: ${name}`, () => {
    const written = (history: HistoryStore, count: number) => {
      const epoch = randomUUID();
      const messages = Array.from({ length: count }, (_, index) => ({
        contact: CAROL,
        storedAt: 1000 + index,
        envelope: textEnvelope('Sam', 'Carol', { epoch, seq: index + 1 }),
      }));
      const cursor = { epoch, next: count + 1 };
      return { epoch, stored: history.addOutgoing(messages, [{ contact: CAROL, cursor }]) };
    };
    const arrived = (history: HistoryStore, epoch: string, ...seqs: number[]) => {
      const messages = seqs.map((seq) => ({
        envelope: textEnvelope('Carol', 'Sam', { epoch, seq }),
        held: true,
      }));
      const next = Math.max(...seqs) + 1;
      return history.receive(CAROL, CAROLS_DEVICE, { epoch, next }, messages, 2000);
    };

    it('gives contacts back as they were saved last', () => {
      const history = open();
      history.saveContact(carol);
      history.saveContact({ ...carol, name: 'Caroline', verified: true, lastSeen: 7 });
      assert.deepEqual(history.contacts(), [{ ...carol, name: 'Caroline', verified: true, lastSeen: 7 }]);
      history.close();
    });

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
      history.settle(SAM, [{ id: first.envelope.id, state: 'delivered', refused: null }]);
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
        { id: first, state: 'delivered', refused: null },
        { id: second, state: 'refused', refused: 'too-large' },
      ]);
      assert.deepEqual(
        changed.map(({ state, refused }) => [state, refused]),
        [
          ['delivered', null],
          ['refused', 'too-large'],
        ],
      );
      assert.deepEqual(history.settle(SAM, [{ id: second, state: 'delivered', refused: null }]), []);
      assert.deepEqual(history.undelivered(), []);
      history.close();
    });

    it('adds what arrives once and moves the cursor in the same step', () => {
      const history = open();
      const epoch = randomUUID();
      const [message] = arrived(history, epoch, 1);
      assert.ok(message);
      const again = history.receive(
        CAROL,
        CAROLS_DEVICE,
        { epoch, next: 2 },
        [{ envelope: message.envelope, held: false }],
        3000,
      );
      assert.deepEqual(again, []);
      assert.deepEqual(history.inbound(CAROLS_DEVICE), { cursor: { epoch, next: 2 }, retired: [] });
      assert.equal(message.held, true);
      history.close();
    });

    it('retires an epoch when another takes its place', () => {
      const history = open();
      const [old, next] = [randomUUID(), randomUUID()];
      arrived(history, old, 1);
      arrived(history, next, 1);
      assert.deepEqual(history.inbound(CAROLS_DEVICE), { cursor: { epoch: next, next: 2 }, retired: [old] });
      const { epoch, stored } = written(history, 1);
      const renewed = randomUUID();
      const envelopes = stored.map(({ envelope }) => ({ ...envelope, epoch: renewed, seq: 1 }));
      history.renumber(CAROL, { epoch: renewed, next: 2 }, envelopes);
      assert.deepEqual(history.outbound(CAROL), { cursor: { epoch: renewed, next: 2 }, retired: [epoch] });
      assert.equal(history.undelivered()[0]?.envelope.epoch, renewed);
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

    it('keeps workspaces and settings', () => {
      const history = open();
      history.addWorkspace('/b');
      history.addWorkspace('/a');
      history.addWorkspace('/b');
      history.setSetting('port', '1');
      history.setSetting('port', '2');
      assert.deepEqual(
        [history.workspaces(), history.setting('port'), history.setting('none')],
        [['/a', '/b'], '2', null],
      );
      history.close();
    });
  });
}

/** What every outbox must do. */
export function outboxContract(name: string, open: () => OutboxStore): void {
  describe(`outbox: ${name}`, () => {
    const entry = (seq: number) => ({ contact: CAROL, envelope: textEnvelope('Sam', 'Carol', { seq }) });

    it('gives entries in order of sequence, each once', () => {
      const outbox = open();
      const [first, second] = [entry(1), entry(2)];
      outbox.add([second]);
      outbox.add([first, second]);
      assert.deepEqual(outbox.all(), [first, second]);
      outbox.close();
    });

    it('removes what was acknowledged and nothing else', () => {
      const outbox = open();
      const [first, second] = [entry(1), entry(2)];
      outbox.add([first, second]);
      outbox.remove([first.envelope.id, 'never there']);
      assert.deepEqual(outbox.all(), [second]);
      outbox.close();
    });

    it('replaces envelopes by id', () => {
      const outbox = open();
      const [first, second] = [entry(1), entry(2)];
      outbox.add([first, second]);
      const renumbered = { ...first.envelope, epoch: randomUUID(), seq: 9 };
      outbox.update([renumbered]);
      assert.deepEqual(
        outbox.all().map(({ envelope }) => envelope),
        [second.envelope, renumbered],
      );
      outbox.close();
    });
  });
}
