import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import type { Envelope } from '@p2p-chat/protocol/envelope';
import { MAX_KEPT_REFUSALS } from '@p2p-chat/protocol/limits';
import {
  FORGOTTEN_AT_ONCE,
  type HistoryStore,
  INDEXED_AT_ONCE,
  MAX_CHANGES_READ,
  MAX_CONTACT_DEVICES,
  MAX_RETIRED_EPOCHS,
  MAX_STORED_NOTICES,
  MAX_SUCCESSORS,
  type OutboxStore,
  SEARCHED_WITHOUT_INDEX,
  type StoredContact,
  type StoredNotice,
} from '../../src/core/storage-ports.ts';
import { fingerprintNamed, newMessageId, textEnvelope } from '../support/envelopes.ts';

const SAM = fingerprintNamed('Sam');
const CAROL = fingerprintNamed('Carol');
const NEW_CAROL = fingerprintNamed('Carol, with another key');
const CAROLS_DEVICE = fingerprintNamed("Carol's device");

const carol: StoredContact = {
  identity: CAROL,
  server: 'http://127.0.0.1:8000',
  name: 'Carol',
  trust: 'unverified',
  standing: 'accepted',
  changedTo: null,
  rejected: [],
  endpoints: [{ address: '127.0.0.1', port: 5000 }],
  lastSeen: null,
  readUpTo: 0,
  formerServers: [],
  theyReadUpTo: 0,
  muted: false,
  pinned: false,
  statusText: '',
};

/** The line about a contact's new identity. */
const replaced: StoredNotice = {
  contact: NEW_CAROL,
  kind: 'identity-replaced',
  after: 2,
  at: 6,
  detail: '',
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
      return history.receive(CAROL, CAROLS_DEVICE, { epoch, next }, messages, [], 2000);
    };

    const changed = (history: HistoryStore, epoch: string, seq: number, change: Partial<Envelope>) =>
      history.receive(
        CAROL,
        CAROLS_DEVICE,
        { epoch, next: seq + 1 },
        [{ envelope: textEnvelope('Carol', 'Sam', { epoch, seq, ...change }), held: false }],
        [],
        2000,
      );

    it('gives contacts back as they were saved last', () => {
      const history = open();
      history.saveContact(carol);
      const later: StoredContact = {
        ...carol,
        name: 'Caroline',
        trust: 'verified',
        standing: 'blocked',
        changedTo: SAM,
        rejected: [CAROLS_DEVICE, NEW_CAROL],
        lastSeen: 7,
      };
      history.saveContact({ ...later, muted: true, pinned: true, statusText: 'In a meeting' });
      assert.deepEqual(
        history.contacts().find(({ identity }) => identity === later.identity),
        { ...later, muted: true, pinned: true, statusText: 'In a meeting' },
      );
      history.saveContact(later);
      assert.deepEqual(history.contacts(), [later]);
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
      assert.deepEqual(history.settle(SAM, [{ id: second, state: 'delivered', refused: null }]), new Set());
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
        [],
        3000,
      );
      assert.deepEqual(again, []);
      assert.deepEqual(history.inbound(CAROLS_DEVICE), {
        cursor: { epoch, next: 2 },
        retired: [],
        refused: [],
      });
      assert.equal(message.held, true);
      history.close();
    });

    it('knows which message was the last before the cursor, if it was told', () => {
      const history = open();
      const epoch = randomUUID();
      const envelope = textEnvelope('Carol', 'Sam', { epoch, seq: 1 });
      const first = { epoch, next: 2, last: envelope.id };
      history.receive(CAROL, CAROLS_DEVICE, first, [{ envelope, held: false }], [], 2000);
      assert.deepEqual(history.inbound(CAROLS_DEVICE).cursor, first);
      arrived(history, epoch, 2);
      assert.deepEqual(history.inbound(CAROLS_DEVICE).cursor, { epoch, next: 3 });
      history.close();
    });

    it('retires an epoch when another takes its place', () => {
      const history = open();
      const [old, next] = [randomUUID(), randomUUID()];
      arrived(history, old, 1);
      arrived(history, next, 1);
      assert.deepEqual(history.inbound(CAROLS_DEVICE), {
        cursor: { epoch: next, next: 2 },
        retired: [old],
        refused: [],
      });
      const { epoch, stored } = written(history, 1);
      const renewed = randomUUID();
      const envelopes = stored.map(({ envelope }) => ({ ...envelope, epoch: renewed, seq: 1 }));
      history.renumber(CAROL, { epoch: renewed, next: 2 }, envelopes);
      assert.deepEqual(history.outbound(CAROL), { cursor: { epoch: renewed, next: 2 }, retired: [epoch] });
      assert.equal(history.undelivered()[0]?.envelope.epoch, renewed);
      history.close();
    });

    it('remembers a bounded number of ended epochs, the newest', () => {
      const history = open();
      const epochs = Array.from({ length: MAX_RETIRED_EPOCHS + 3 }, () => randomUUID());
      for (const epoch of epochs) history.receive(CAROL, CAROLS_DEVICE, { epoch, next: 1 }, [], [], 1);
      const { retired } = history.inbound(CAROLS_DEVICE);
      assert.deepEqual([...retired].sort(), epochs.slice(2, -1).sort());
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

    it('hands a contact with everything of theirs on to another identity', () => {
      const history = open();
      history.saveContact({ ...carol, readUpTo: 1 });
      const epoch = randomUUID();
      const [received] = arrived(history, epoch, 1);
      const { stored } = written(history, 1);
      assert.ok(received);
      history.addNotice({ contact: CAROL, kind: 'renamed', after: 1, at: 5, detail: 'Caro' });
      assert.deepEqual(history.replaceContact(CAROL, { ...carol, identity: NEW_CAROL }, replaced, [], []), {
        unread: 1,
        lastMessageAt: 1000,
      });
      assert.deepEqual(
        history.contacts().map(({ identity }) => identity),
        [NEW_CAROL],
      );
      assert.deepEqual(
        history.page(NEW_CAROL, null, 9).messages.map(({ mine, envelope }) => [mine, envelope.author]),
        [
          [false, NEW_CAROL],
          [true, SAM],
        ],
      );
      assert.deepEqual(history.page(CAROL, null, 9).messages, []);
      assert.deepEqual(history.notices(NEW_CAROL), [
        { contact: NEW_CAROL, kind: 'renamed', after: 1, at: 5, detail: 'Caro' },
        replaced,
      ]);
      assert.deepEqual(history.successors(), [{ from: CAROL, to: NEW_CAROL }]);
      assert.equal(history.undelivered()[0]?.contact, NEW_CAROL);
      assert.equal(history.find(received.envelope.id, NEW_CAROL)?.contact, NEW_CAROL);
      assert.equal(history.outbound(CAROL).cursor?.epoch, stored[0]?.envelope.epoch);
      assert.equal(history.inbound(CAROLS_DEVICE).cursor?.epoch, epoch);
      history.close();
    });

    it('merges a contact into one that the identity was already, and keeps a message that both brought once', () => {
      const history = open();
      history.saveContact(carol);
      history.saveContact({ ...carol, identity: NEW_CAROL, name: 'Carol2' });
      const [received] = arrived(history, randomUUID(), 1, 2);
      assert.ok(received);
      const again = { ...received.envelope, author: NEW_CAROL };
      const cursor = { epoch: randomUUID(), next: 2 };
      history.receive(NEW_CAROL, NEW_CAROL, cursor, [{ envelope: again, held: false }], [], 3000);
      history.replaceContact(CAROL, { ...carol, identity: NEW_CAROL }, replaced, [], []);
      assert.deepEqual(
        history.contacts().map(({ name }) => name),
        ['Carol'],
      );
      assert.equal(history.page(NEW_CAROL, null, 9).messages.length, 2);
      history.close();
    });

    it('forgets what is said to be forgotten of two contacts that become one, and keeps of the rest what one may have', () => {
      const history = open();
      history.saveContact(carol);
      history.saveContact({ ...carol, identity: NEW_CAROL });
      const lines = Array.from({ length: MAX_STORED_NOTICES }, (_, at) => ({ ...replaced, at }));
      for (const line of lines) history.addNotice(line);
      history.addNotice({ ...replaced, contact: CAROL });
      arrived(history, randomUUID(), 1, 2);
      const own = { ...textEnvelope('Carol', 'Sam', { epoch: randomUUID(), seq: 1 }), author: NEW_CAROL };
      const cursor = { epoch: own.epoch, next: 2 };
      history.receive(NEW_CAROL, NEW_CAROL, cursor, [{ envelope: own, held: false }], [], 3000);
      const next: StoredContact = { ...carol, identity: NEW_CAROL, standing: 'request' };
      history.replaceContact(CAROL, next, { ...replaced, at: 7 }, [CAROL], []);
      assert.deepEqual(
        history.page(NEW_CAROL, null, 9).messages.map(({ envelope }) => envelope.id),
        [own.id],
      );
      assert.equal(history.received(CAROL).messages, 0);
      assert.deepEqual(history.notices(NEW_CAROL), [...lines.slice(1), { ...replaced, at: 7 }]);
      assert.deepEqual(history.successors(), []);
      history.close();
    });

    it('has no more devices of two contacts that become one than of one', () => {
      const history = open();
      history.saveContact(carol);
      for (const contact of [CAROL, NEW_CAROL]) {
        for (let count = 0; count < MAX_CONTACT_DEVICES; count += 1) {
          const device = fingerprintNamed(`${contact} ${count}`);
          history.receive(contact, device, { epoch: randomUUID(), next: 1 }, [], [], 1);
        }
      }
      history.replaceContact(CAROL, { ...carol, identity: NEW_CAROL }, replaced, [], []);
      assert.equal(history.devices(NEW_CAROL), MAX_CONTACT_DEVICES);
      assert.notEqual(history.inbound(fingerprintNamed(`${NEW_CAROL} 1`)).cursor, null);
      history.close();
    });

    it('remembers whose place was taken, the newest of them, and of nobody who is a contact again', () => {
      const history = open();
      const identities = Array.from({ length: MAX_SUCCESSORS + 2 }, (_, count) =>
        fingerprintNamed(`${count}`),
      );
      history.saveContact(carol);
      let before = CAROL;
      for (const identity of identities) {
        history.replaceContact(before, { ...carol, identity }, { ...replaced, contact: identity }, [], []);
        before = identity;
      }
      const remembered = history.successors();
      assert.equal(remembered.length, MAX_SUCCESSORS);
      assert.deepEqual(remembered.at(-1), { from: identities.at(-2), to: identities.at(-1) });
      const again = identities.at(-2) ?? '';
      history.replaceContact(before, { ...carol, identity: again }, { ...replaced, contact: again }, [], []);
      assert.deepEqual(history.successors().at(-1), { from: before, to: again });
      assert.ok(history.successors().every(({ from }) => from !== again));
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
      const end = { id: first.id, state: 'delivered', refused: null } as const;
      assert.equal(history.settle(NEW_CAROL, [end]).size, 1);
      history.close();
    });

    it('removes a contact with messages and lines, and takes nothing twice afterwards', () => {
      const history = open();
      history.saveContact(carol);
      const epoch = randomUUID();
      arrived(history, epoch, 1);
      history.addNotice({ contact: CAROL, kind: 'identity-changed', after: 0, at: 5, detail: '' });
      history.removeContact(CAROL);
      assert.deepEqual([history.contacts(), history.notices(CAROL)], [[], []]);
      assert.deepEqual(history.page(CAROL, null, 9).messages, []);
      assert.deepEqual(history.inbound(CAROLS_DEVICE).cursor, { epoch, next: 2 });
      history.close();
    });

    it('forgets messages and lines of a contact who stands otherwise from then on, last of all', () => {
      const history = open();
      history.saveContact(carol);
      history.saveContact({ ...carol, identity: SAM, name: 'Sam' });
      const epoch = randomUUID();
      arrived(history, epoch, 1);
      history.addNotice({ contact: CAROL, kind: 'identity-changed', after: 0, at: 5, detail: '' });
      const ignored: StoredContact = { ...carol, standing: 'ignored', readUpTo: 7 };
      history.forgetMessages(ignored);
      assert.deepEqual(history.contacts(), [{ ...carol, identity: SAM, name: 'Sam' }, ignored]);
      assert.deepEqual([history.page(CAROL, null, 9).messages, history.notices(CAROL)], [[], []]);
      assert.deepEqual(history.inbound(CAROLS_DEVICE).cursor, { epoch, next: 2 });
      history.close();
    });

    it('clears a conversation but for what waits, and takes nothing twice afterwards', () => {
      const history = open();
      history.saveContact(carol);
      const epoch = randomUUID();
      arrived(history, epoch, 1, 2);
      const { stored } = written(history, 2);
      const [first] = stored;
      assert.ok(first);
      history.settle(first.envelope.author, [{ id: first.envelope.id, state: 'delivered', refused: null }]);
      history.addNotice({ ...replaced, contact: CAROL });
      history.clear(CAROL);
      assert.deepEqual(
        history.page(CAROL, null, 10).messages.map(({ envelope: { id } }) => id),
        stored.slice(1).map(({ envelope: { id } }) => id),
      );
      assert.deepEqual([history.notices(CAROL), history.contacts().length], [[], 1]);
      assert.deepEqual(history.inbound(CAROLS_DEVICE).cursor, { epoch, next: 3 });
      history.close();
    });

    it('counts the devices of a contact, and those of whoever takes its place', () => {
      const history = open();
      history.saveContact(carol);
      const from = (contact: string, device: string) =>
        history.receive(contact, device, { epoch: randomUUID(), next: 1 }, [], [], 1);
      assert.equal(history.devices(CAROL), 0);
      from(CAROL, CAROLS_DEVICE);
      from(CAROL, CAROLS_DEVICE);
      from(CAROL, 'd'.repeat(64));
      from(SAM, 'e'.repeat(64));
      assert.deepEqual([history.devices(CAROL), history.devices(SAM)], [2, 1]);
      const notice = { contact: NEW_CAROL, kind: 'identity-replaced', after: 0, at: 1, detail: '' } as const;
      history.replaceContact(CAROL, { ...carol, identity: NEW_CAROL }, notice, [], []);
      assert.deepEqual([history.devices(CAROL), history.devices(NEW_CAROL)], [0, 2]);
      history.close();
    });

    it('remembers a bounded number of devices of a contact, the newest, with all that is kept of each', () => {
      const history = open();
      const devices = Array.from({ length: MAX_CONTACT_DEVICES + 2 }, (_, count) =>
        fingerprintNamed(`device ${count}`),
      );
      const refused = [{ seq: 1, reason: 'malformed' as const }];
      const others = { epoch: randomUUID(), next: 2 };
      history.receive(SAM, CAROLS_DEVICE, others, [], refused, 1);
      for (const device of devices) {
        for (const epoch of [randomUUID(), randomUUID()]) {
          history.receive(CAROL, device, { epoch, next: 2 }, [], refused, 1);
        }
      }
      assert.equal(history.devices(CAROL), MAX_CONTACT_DEVICES);
      for (const [count, device] of devices.entries()) {
        const { cursor, retired, refused: kept } = history.inbound(device);
        const isKept = count >= 2;
        assert.deepEqual(
          [cursor !== null, retired.length, kept.length],
          [isKept, Number(isKept), Number(isKept)],
        );
      }
      assert.deepEqual(history.inbound(CAROLS_DEVICE).cursor, others);
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

    it('remembers what was refused of the present epoch, the newest of it', () => {
      const history = open();
      const [old, epoch] = [randomUUID(), randomUUID()];
      const refuse = (of: string, from: number, count: number) => {
        const refused = Array.from({ length: count }, (_, at) => ({
          seq: from + at,
          reason: 'malformed' as const,
        }));
        history.receive(CAROL, CAROLS_DEVICE, { epoch: of, next: from + count }, [], refused, 2000);
      };
      refuse(old, 1, 2);
      assert.deepEqual(history.inbound(CAROLS_DEVICE).refused, [
        { seq: 1, reason: 'malformed' },
        { seq: 2, reason: 'malformed' },
      ]);
      refuse(epoch, 1, MAX_KEPT_REFUSALS);
      refuse(epoch, MAX_KEPT_REFUSALS + 1, 3);
      const { refused } = history.inbound(CAROLS_DEVICE);
      assert.equal(refused.length, MAX_KEPT_REFUSALS);
      assert.deepEqual([refused[0]?.seq, refused.at(-1)?.seq], [4, MAX_KEPT_REFUSALS + 3]);
      assert.deepEqual(history.inbound(SAM).refused, []);
      history.close();
    });

    it('keeps the newest lines of a contact', () => {
      const history = open();
      for (let at = 0; at < MAX_STORED_NOTICES + 2; at += 1) {
        history.addNotice({ contact: CAROL, kind: 'renamed', after: 0, at, detail: '' });
      }
      history.addNotice({ contact: SAM, kind: 'renamed', after: 0, at: 1, detail: '' });
      assert.equal(history.notices(CAROL).length, MAX_STORED_NOTICES);
      assert.deepEqual([history.notices(CAROL)[0]?.at, history.notices(SAM).length], [2, 1]);
      history.close();
    });

    it('forgets what is old, a bounded number at a time, but neither what waits nor the counters', () => {
      const history = open();
      const epoch = randomUUID();
      arrived(history, epoch, ...Array.from({ length: FORGOTTEN_AT_ONCE + 1 }, (_, at) => at + 1));
      const { stored } = written(history, 2);
      const [first, second] = stored.map(({ envelope }) => envelope.id);
      assert.ok(first !== undefined);
      history.settle(SAM, [{ id: first, state: 'delivered', refused: null }]);
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

    /** Takes everything that is stored into the full-text index. */
    const indexed = (history: HistoryStore): HistoryStore => {
      while (history.index() > 0);
      return history;
    };
    const said = (history: HistoryStore, author: string, ...texts: string[]) => {
      const epoch = randomUUID();
      const messages = texts.map((text, index) => ({
        envelope: textEnvelope(author, 'Sam', { epoch, seq: index + 1, body: { text } }),
        held: false,
      }));
      const [contact, device] = [fingerprintNamed(author), fingerprintNamed(`${author}'s device`)];
      return history.receive(contact, device, { epoch, next: texts.length + 1 }, messages, [], 2000);
    };
    const found = (history: HistoryStore, text: string, contact: string | null = null, limit = 50) =>
      history.search(text, { contact, limit }).map(({ envelope }) => envelope.body['text']);

    it('finds the newest messages that have a text in them, whatever the case, newest first', () => {
      const history = open();
      const arrived = said(history, 'Carol', 'The nightly build', 'Größe ÄÖÜ', 'a night', 'nothing of it');
      const { stored } = written(history, 1);
      indexed(history);
      assert.deepEqual(found(history, 'NIGHT'), ['a night', 'The nightly build']);
      assert.deepEqual(found(history, 'night', null, 1), ['a night']);
      assert.deepEqual(found(history, 'äöü'), ['Größe ÄÖÜ']);
      assert.deepEqual(found(history, 'nightly nothing'), []);
      assert.deepEqual(history.search('a night', { contact: null, limit: 1 }), [arrived[2]]);
      assert.deepEqual(history.search('hello', { contact: CAROL, limit: 1 }), stored);
      history.close();
    });

    it('finds what is not indexed yet, before what is', () => {
      const history = open();
      said(history, 'Carol', 'the first', 'the second');
      indexed(history);
      said(history, 'Carol', 'the third');
      said(history, 'Dave', 'the fourth');
      assert.deepEqual(found(history, 'the'), ['the fourth', 'the third', 'the second', 'the first']);
      assert.deepEqual(found(history, 'the', null, 3), ['the fourth', 'the third', 'the second']);
      assert.deepEqual(found(history, 'the', CAROL, 1), ['the third']);
      history.close();
    });

    it('finds messages of one contact alone, and of whoever takes its place', () => {
      const history = open();
      history.saveContact(carol);
      said(history, 'Carol', 'the first');
      said(history, 'Dave', 'the second');
      indexed(history);
      assert.deepEqual(found(history, 'the', CAROL), ['the first']);
      assert.deepEqual(found(history, 'th', fingerprintNamed('Dave')), ['the second']);
      history.replaceContact(CAROL, { ...carol, identity: NEW_CAROL }, replaced, [], []);
      assert.deepEqual([found(history, 'the', CAROL), found(history, 'the', NEW_CAROL)], [[], ['the first']]);
      history.close();
    });

    it('takes what is looked for as it is, whatever it means elsewhere', () => {
      const history = open();
      const texts = [
        '100% sure',
        'a "quoted" word',
        'x OR y',
        'a_b',
        'text: NEAR(a b)',
        '-- ; DROP',
        "it's*",
      ];
      said(history, 'Carol', ...texts);
      indexed(history);
      for (const text of texts) assert.deepEqual(found(history, text), [text]);
      for (const text of ['0%s', '"quoted', 'a"b', 'x* y', '(((', '""""', 'NOT', 'text:', 'a\0"b']) {
        const expected = texts.filter((each) => each.toLowerCase().includes(text.toLowerCase()));
        assert.deepEqual(found(history, text), expected.reverse(), text);
      }
      history.close();
    });

    it('finds one or two characters in the newest messages only, and nothing by nothing', () => {
      const history = open();
      const texts = Array.from({ length: SEARCHED_WITHOUT_INDEX + 1 }, (_, count) =>
        count < 2 ? 'Öl%' : 'x',
      );
      said(history, 'Carol', ...texts);
      assert.deepEqual(found(history, 'öl'), ['Öl%']);
      assert.deepEqual([found(history, '%'), found(history, '_')], [['Öl%'], []]);
      indexed(history);
      assert.deepEqual([found(history, 'öl%').length, found(history, '').length], [2, 0]);
      history.close();
    });

    it('indexes a bounded number at a time, what it has no text of too, and nothing twice', () => {
      const history = open();
      const epoch = randomUUID();
      const poll = textEnvelope('Carol', 'Sam', {
        epoch,
        seq: 1,
        kind: 'poll',
        body: { text: 'which one?' },
      });
      history.receive(CAROL, CAROLS_DEVICE, { epoch, next: 2 }, [{ envelope: poll, held: false }], [], 1);
      said(history, 'Dave', ...Array.from({ length: INDEXED_AT_ONCE }, (_, count) => `number ${count}`));
      assert.deepEqual([history.index(), history.index(), history.index()], [INDEXED_AT_ONCE, 1, 0]);
      assert.deepEqual(
        [found(history, 'number', null, 1), found(history, 'which')],
        [[`number ${INDEXED_AT_ONCE - 1}`], []],
      );
      said(history, 'Carol', 'and another number');
      assert.deepEqual([history.index(), history.index()], [1, 0]);
      assert.deepEqual(found(history, 'number', null, 1), ['and another number']);
      history.close();
    });

    it('finds nothing of what was removed, little or much, and what stays', () => {
      const history = open();
      history.saveContact(carol);
      said(history, 'Carol', ...Array.from({ length: 100 }, () => 'much of it'));
      said(history, 'Dave', 'it stays');
      said(history, 'Erin', 'a little of it', 'and a little more of it');
      indexed(history);
      history.removeContact(fingerprintNamed('Erin'));
      assert.deepEqual(found(history, 'little'), []);
      assert.deepEqual([found(history, 'much').length, found(history, 'it ')], [50, ['it stays']]);
      history.forgetMessages({ ...carol, standing: 'ignored' });
      assert.deepEqual(found(history, 'much'), []);
      assert.deepEqual(found(history, 'it '), ['it stays']);
      assert.deepEqual(found(indexed(history), 'it '), ['it stays']);
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

    it('gives the newest of very many changes', () => {
      const history = open();
      const epoch = randomUUID();
      const [{ envelope: { id } } = assert.fail()] = arrived(history, epoch, 1);
      for (let seq = 2; seq <= MAX_CHANGES_READ + 2; seq += 1) {
        changed(history, epoch, seq, { kind: 'edit', body: { message: id, text: `text ${seq}` } });
      }
      const changes = history.changes(CAROL, [id]);
      assert.deepEqual([changes.length, changes[0]?.envelope.seq], [MAX_CHANGES_READ, 3]);
      history.close();
    });

    it('erases what a deleted message said and its edits, indexed or not, and what nobody else may delete stays', () => {
      const history = open();
      const epoch = randomUUID();
      const [first, second] = arrived(history, epoch, 1, 2);
      assert.ok(first && second);
      const { id } = first.envelope;
      changed(history, epoch, 3, { kind: 'edit', body: { message: id, text: 'the first edit' } });
      indexed(history);
      changed(history, epoch, 4, { kind: 'edit', body: { message: id, text: 'the second edit' } });
      changed(history, epoch, 5, { kind: 'delete', body: { message: id } });
      const [mine] = written(history, 1).stored;
      assert.ok(mine);
      changed(history, epoch, 6, { kind: 'delete', body: { message: mine.envelope.id } });
      assert.deepEqual(history.find(id, CAROL)?.envelope.body, { text: '' });
      assert.deepEqual(
        history.changes(CAROL, [id]).map(({ envelope: { body } }) => body['text'] ?? null),
        ['', '', null],
      );
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
        history.settle(author, [{ id, state: 'delivered', refused: null }]);
      assert.deepEqual([text(early), text(late)], ['hello', 'hello']);
      for (const message of [early, late]) deliver(message);
      assert.deepEqual([text(early), text(late)], ['hello', 'hello']);
      for (const deletion of gone) deliver(deletion);
      assert.deepEqual([text(early), text(late)], ['', '']);
      history.close();
    });

    it('forgets what is old, indexed or not', () => {
      const history = open();
      said(history, 'Carol', ...Array.from({ length: FORGOTTEN_AT_ONCE + 1 }, () => 'old'));
      indexed(history);
      written(history, 1);
      while (history.forget(2001) > 0) indexed(history);
      assert.deepEqual([found(history, 'old'), found(history, 'hello')], [[], ['hello']]);
      assert.equal(history.page(CAROL, null, 9).messages.length, 1);
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
      outbox.remove([first.envelope.id, 'never there'], 'later');
      assert.deepEqual(outbox.all(), [second]);
      outbox.close();
    });

    it('replaces entries by id, for another contact too', () => {
      const outbox = open();
      const [first, second] = [entry(1), entry(2)];
      outbox.add([first, second]);
      const renumbered = { ...first.envelope, epoch: randomUUID(), seq: 9 };
      outbox.update([{ contact: SAM, envelope: renumbered }]);
      const changed = { contact: SAM, envelope: renumbered };
      assert.deepEqual(new Set(outbox.all()), new Set([second, changed]));
      outbox.close();
    });
  });
}
