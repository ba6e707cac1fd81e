import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { HistoryStore, StoredContact } from '../../src/core/storage-ports.ts';
import { openHistory } from '../../src/storage/history.ts';
import { openOutbox } from '../../src/storage/outbox.ts';
import { eventually } from '../../../scripts/lib/wait.ts';
import { fingerprintNamed, textEnvelope } from '../support/envelopes.ts';
import { temporaryFolder } from '../support/temporary.ts';

const CAROL = fingerprintNamed('Carol');
const ignored: StoredContact = {
  identity: CAROL,
  server: 'http://127.0.0.1:8000',
  name: 'Carol',
  trust: 'unverified',
  standing: 'ignored',
  beforeBlock: null,
  changedTo: null,
  rejected: [],
  endpoints: [],
  lastSeen: null,
  readUpTo: 0,
  formerServers: [],
  theyReadUpTo: 0,
  muted: false,
  pinned: false,
  statusText: '',
  nearbyKey: null,
  typedEndpoint: null,
} as const;
const unexpected = (damaged: string): void => assert.fail(`put aside: ${damaged}`);

const KEPT = 'a text that stays';
/** Small ones share a page with others; a large one has pages of its own. */
const FORGOTTEN = ['a small text that goes', `a large text that goes ${'and goes on '.repeat(2_000)}`];

const ALL = [KEPT, ...FORGOTTEN];

/** It has salts that are others in each WAL. sqlite.org/fileformat2.html §4.1. */
const WAL_HEAD_BYTES = 32;

/** The texts of which there is anything in the files of a folder: pages cut a large one into pieces. */
function textsIn(folder: string): string[] {
  const contents = readdirSync(folder).map((file) => readFileSync(join(folder, file)));
  return ALL.filter((text) =>
    contents.some((content) => content.includes(text.slice(0, 22)) || content.includes(text.slice(-22))),
  );
}

function arrive(history: HistoryStore, author: string, now: number, ...texts: string[]): void {
  const epoch = randomUUID();
  const messages = texts.map((text, index) => ({
    envelope: textEnvelope(author, 'Sam', { epoch, seq: index + 1, body: { text } }),
    held: false,
  }));
  const [contact, device] = [fingerprintNamed(author), fingerprintNamed(`${author}'s device`)];
  history.receive(contact, device, { epoch, next: texts.length + 1 }, messages, [], now);
}

/** A folder with a history that was closed as VS Code closes it, and does `work` in the next run. */
function nextRun(work: (history: HistoryStore) => void): string {
  const folder = temporaryFolder();
  const first = openHistory(folder, unexpected);
  arrive(first, 'Dave', 5_000, KEPT);
  arrive(first, 'Carol', 1_000, ...FORGOTTEN);
  first.close();
  assert.deepEqual(textsIn(folder), ALL);
  const second = openHistory(folder, unexpected);
  work(second);
  second.close();
  return folder;
}

describe('the files, once VS Code is closed, have no byte of', () => {
  it('messages that are older than what is kept', () => {
    const folder = nextRun((history) => assert.equal(history.forget(2_000), FORGOTTEN.length));
    assert.deepEqual(textsIn(folder), [KEPT]);
  });

  it('what a request brought that was ignored', () => {
    const folder = nextRun((history) => history.forgetMessages(ignored));
    assert.deepEqual(textsIn(folder), [KEPT]);
  });

  it('what came and went within one run', () => {
    const folder = temporaryFolder();
    const history = openHistory(folder, unexpected);
    arrive(history, 'Carol', 1_000, ...FORGOTTEN);
    arrive(history, 'Dave', 5_000, KEPT);
    assert.deepEqual(textsIn(folder), ALL);
    history.forget(2_000);
    history.close();
    assert.deepEqual(textsIn(folder), [KEPT]);
  });

  it('messages in the full-text index either, whether few go or many', () => {
    // Three characters are one entry of the index, which has it in one piece.
    for (const [word, times] of [
      ['ŧŋđ', 1],
      ['ħłø', 100],
    ] as const) {
      const occurrences = (folder: string): number =>
        readdirSync(folder)
          .map((file) => readFileSync(join(folder, file), 'utf8').split(word).length - 1)
          .reduce((sum, count) => sum + count, 0);
      const folder = temporaryFolder();
      const first = openHistory(folder, unexpected);
      arrive(first, 'Dave', 5_000, KEPT);
      arrive(first, 'Carol', 1_000, ...Array.from({ length: times }, () => word));
      while (first.index() > 0);
      first.close();
      assert.ok(occurrences(folder) > times);
      const second = openHistory(folder, unexpected);
      second.forgetMessages(ignored);
      second.close();
      assert.equal(occurrences(folder), 0);
    }
  });

  it('messages that left the outbox, since their receipt came', () => {
    const folder = temporaryFolder();
    const first = openOutbox(folder, unexpected);
    const entries = [...FORGOTTEN, KEPT].map((text, index) => ({
      contact: CAROL,
      envelope: textEnvelope('Sam', 'Carol', { seq: index + 1, body: { text } }),
    }));
    first.add(entries);
    first.close();
    assert.deepEqual(textsIn(folder), ALL);
    const second = openOutbox(folder, unexpected);
    second.remove(
      entries.slice(0, FORGOTTEN.length).map(({ envelope }) => envelope.id),
      'later',
    );
    second.close();
    assert.deepEqual(textsIn(folder), [KEPT]);
  });
});

describe('what is written without waiting for the disk', () => {
  it('is followed a second later by a commit that waits; the next goes on in the same WAL', async () => {
    const folder = temporaryFolder();
    const history = openHistory(folder, unexpected);
    const wal = (): Buffer => readFileSync(join(folder, 'chat.db-wal'));
    const envelope = textEnvelope('Sam', 'Carol', { body: { text: KEPT } });
    const cursor = { epoch: envelope.epoch, next: envelope.seq + 1 };
    history.addOutgoing([{ envelope, contact: CAROL, storedAt: 1 }], [{ contact: CAROL, cursor }]);
    const { length } = wal();
    await eventually('there is another commit', () => wal().length > length, { timeout: 5_000 });
    const head = wal().subarray(0, WAL_HEAD_BYTES);
    history.setSetting('any', 'value');
    assert.deepEqual(wal().subarray(0, WAL_HEAD_BYTES), head);
    history.close();
  });
});
