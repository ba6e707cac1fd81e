import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { MAX_KEPT_REFUSALS } from '@p2p-chat/protocol/limits';
import { type HistoryStore, MAX_CONTACT_DEVICES, MAX_RETIRED_EPOCHS } from '../../src/core/storage-ports.ts';
import { fingerprintNamed, textEnvelope } from '../support/envelopes.ts';
import { SAM, CAROL, NEW_CAROL, CAROLS_DEVICE, carol, written, arrived } from '../support/stored-history.ts';

/** What every history knows of how far devices are. */
export function countersContract(open: () => HistoryStore): void {
  describe('counters', () => {
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

    it('keeps the line about what is missing with the cursor that says it no longer', () => {
      const history = open();
      const epoch = randomUUID();
      const envelope = textEnvelope('Carol', 'Sam', { epoch, seq: 4 });
      const line = { contact: CAROL, kind: 'missing', after: 0, at: 2000, detail: '3' } as const;
      history.receive(CAROL, CAROLS_DEVICE, { epoch, next: 5 }, [{ envelope, held: false }], [], 2000, line);
      assert.deepEqual(history.inbound(CAROLS_DEVICE).cursor, { epoch, next: 5 });
      assert.deepEqual(history.notices(CAROL), [line]);
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
  });
}
