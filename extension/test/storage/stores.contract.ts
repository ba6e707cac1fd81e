import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import type { HistoryStore, OutboxStore } from '../../src/core/storage-ports.ts';
import { textEnvelope } from '../support/envelopes.ts';
import { CAROL, SAM } from '../support/stored-history.ts';
import { contactsContract } from './contacts.contract.ts';
import { messagesContract } from './messages.contract.ts';
import { countersContract } from './counters.contract.ts';
import { searchContract } from './search.contract.ts';

/** What every history must do, whatever it is made of. */
export function historyContract(name: string, open: () => HistoryStore): void {
  describe(`history: ${name}`, () => {
    contactsContract(open);
    messagesContract(open);
    countersContract(open);
    searchContract(open);

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

    it('lets go of what was acknowledged with what it takes', () => {
      const outbox = open();
      const [first, second, third] = [entry(1), entry(2), entry(3)];
      outbox.add([first, second]);
      outbox.add([third], [first.envelope.id, 'never there']);
      assert.deepEqual(outbox.all(), [second, third]);
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
