import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  FORGOTTEN_AT_ONCE,
  type HistoryStore,
  INDEXED_AT_ONCE,
  SEARCHED_WITHOUT_INDEX,
} from '../../src/core/storage-ports.ts';
import { fingerprintNamed, textEnvelope } from '../support/envelopes.ts';
import {
  CAROL,
  NEW_CAROL,
  CAROLS_DEVICE,
  carol,
  replaced,
  written,
  indexed,
  said,
  found,
} from '../support/stored-history.ts';

/** What every history finds. */
export function searchContract(open: () => HistoryStore): void {
  describe('search', () => {
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
  });
}
