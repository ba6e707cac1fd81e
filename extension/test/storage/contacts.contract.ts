import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  type HistoryStore,
  MAX_CONTACT_DEVICES,
  MAX_MISSING_NOTICES,
  MAX_STORED_NOTICES,
  MAX_SUCCESSORS,
  type StoredContact,
} from '../../src/core/storage-ports.ts';
import { fingerprintNamed, textEnvelope } from '../support/envelopes.ts';
import {
  SAM,
  CAROL,
  NEW_CAROL,
  CAROLS_DEVICE,
  carol,
  replaced,
  written,
  arrived,
} from '../support/stored-history.ts';

/** What every history does with contacts, their successors and their lines. */
export function contactsContract(open: () => HistoryStore): void {
  describe('contacts', () => {
    it('gives contacts back as they were saved last', () => {
      const history = open();
      history.saveContact(carol);
      const later: StoredContact = {
        ...carol,
        name: 'Caroline',
        trust: 'verified',
        standing: 'blocked',
        beforeBlock: 'request',
        changedTo: SAM,
        rejected: [CAROLS_DEVICE, NEW_CAROL],
        lastSeen: 7,
      };
      const all = {
        ...later,
        muted: true,
        pinned: true,
        statusText: 'In a meeting',
        nearbyKey: randomUUID(),
        typedEndpoint: { address: '192.168.1.20', port: 4_000 },
      };
      history.saveContact(all);
      assert.deepEqual(
        history.contacts().find(({ identity }) => identity === later.identity),
        all,
      );
      history.saveContact(later);
      assert.deepEqual(history.contacts(), [later]);
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
      history.settle(first.envelope.author, [
        { id: first.envelope.id, state: 'delivered', refused: null, isChange: false },
      ]);
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

    it('keeps the newest lines about missing messages, which take no other line’s place, nor it theirs', () => {
      const history = open();
      history.addNotice({ contact: CAROL, kind: 'identity-changed', after: 0, at: 0, detail: '' });
      for (let at = 1; at < MAX_MISSING_NOTICES + 3; at += 1) {
        history.addNotice({ contact: CAROL, kind: 'missing', after: 0, at, detail: String(at) });
      }
      for (let at = 100; at < MAX_STORED_NOTICES + 99; at += 1) {
        history.addNotice({ contact: CAROL, kind: 'renamed', after: 0, at, detail: '' });
      }
      const notices = history.notices(CAROL);
      const missing = notices.filter(({ kind }) => kind === 'missing');
      assert.equal(notices[0]?.kind, 'identity-changed');
      assert.equal(missing.length, MAX_MISSING_NOTICES);
      assert.deepEqual([missing[0]?.detail, missing[0]?.at], ['3', 3]);
      assert.equal(notices.length, MAX_STORED_NOTICES + MAX_MISSING_NOTICES);
      history.close();
    });
  });
}
