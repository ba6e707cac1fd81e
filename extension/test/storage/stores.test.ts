import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { type HistoryStore, StorageError } from '../../src/core/storage-ports.ts';
import { HISTORY_MIGRATIONS } from '../../src/storage/history-schema.ts';
import { openHistory } from '../../src/storage/history.ts';
import { openOutbox } from '../../src/storage/outbox.ts';
import { fingerprintNamed, textEnvelope } from '../support/envelopes.ts';
import { memoryHistory, memoryOutbox } from '../support/memory-stores.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { historyContract, outboxContract } from './stores.contract.ts';

const unexpected = (damaged: string): void => assert.fail(`put aside: ${damaged}`);

historyContract('in memory', memoryHistory);
historyContract('SQLite', () => openHistory(temporaryFolder(), unexpected));
outboxContract('in memory', memoryOutbox);
outboxContract('SQLite', () => openOutbox(temporaryFolder(), unexpected));

describe('a SQLite store', () => {
  const entry = { contact: fingerprintNamed('Carol'), envelope: textEnvelope('Sam', 'Carol') };

  it('has everything again when it is opened again', () => {
    const folder = temporaryFolder();
    const first = openOutbox(folder, unexpected);
    first.add([entry]);
    first.close();
    const second = openOutbox(folder, unexpected);
    assert.deepEqual(second.all(), [entry]);
    second.close();
  });

  it('is readable by its owner only', () => {
    const folder = temporaryFolder();
    const outbox = openOutbox(folder, unexpected);
    outbox.add([entry]);
    for (const file of readdirSync(folder)) {
      assert.equal(statSync(join(folder, file)).mode & 0o077, 0, file);
    }
    outbox.close();
  });

  it('sets a damaged file aside and goes on with an empty one', () => {
    const folder = temporaryFolder();
    writeFileSync(
      join(folder, 'outbox.db'),
      'this is no database, but it is long enough to look like a header '.repeat(40),
    );
    const aside: string[] = [];
    const outbox = openOutbox(folder, (damaged) => aside.push(damaged));
    assert.deepEqual(outbox.all(), []);
    assert.equal(aside.length, 1);
    assert.ok(statSync(aside[0] ?? '').size > 0);
    outbox.close();
  });

  it('brings a file of the first version up to date: who was verified is so still', () => {
    const folder = temporaryFolder();
    const old = new DatabaseSync(join(folder, 'chat.db'));
    old.exec(HISTORY_MIGRATIONS[0] ?? '');
    old.exec('PRAGMA user_version = 1');
    const add = old.prepare('INSERT INTO contacts VALUES (?, ?, ?, ?, ?, NULL, 3)');
    add.run(fingerprintNamed('Carol'), 'http://127.0.0.1:8000', 'Carol', 1, '[]');
    add.run(fingerprintNamed('Dave'), 'http://127.0.0.1:8000', 'Dave', 0, '[]');
    old.close();
    const history = openHistory(folder, unexpected);
    const nothing = {
      beforeBlock: null,
      changedTo: null,
      rejected: [],
      endpoints: [],
      lastSeen: null,
      readUpTo: 3,
      theyReadUpTo: 0,
      muted: false,
      pinned: false,
      statusText: '',
      nearbyKey: null,
      typedEndpoint: null,
      formerServers: [],
    };
    const server = 'http://127.0.0.1:8000';
    assert.deepEqual(history.contacts(), [
      {
        identity: fingerprintNamed('Carol'),
        server,
        name: 'Carol',
        trust: 'verified',
        standing: 'accepted',
        ...nothing,
      },
      {
        identity: fingerprintNamed('Dave'),
        server,
        name: 'Dave',
        trust: 'unverified',
        standing: 'accepted',
        ...nothing,
      },
    ]);
    history.close();
  });

  it('brings a file of the second version up to date: whose a device is shows with its next messages', () => {
    const folder = temporaryFolder();
    const old = new DatabaseSync(join(folder, 'chat.db'));
    for (const step of HISTORY_MIGRATIONS.slice(0, 2)) old.exec(step);
    old.exec('PRAGMA user_version = 2');
    const [device, epoch] = ['d'.repeat(64), randomUUID()];
    old.prepare('INSERT INTO inbound VALUES (?, ?, 3)').run(device, epoch);
    old.close();
    const history = openHistory(folder, unexpected);
    assert.deepEqual(history.inbound(device).cursor, { epoch, next: 3 });
    assert.equal(history.devices(entry.contact), 0);
    history.receive(entry.contact, device, { epoch, next: 4 }, [], [], 1);
    assert.equal(history.devices(entry.contact), 1);
    history.close();
  });

  it('brings a file of the second version up to date: who was rejected is so still', () => {
    const folder = temporaryFolder();
    const old = new DatabaseSync(join(folder, 'chat.db'));
    for (const step of HISTORY_MIGRATIONS.slice(0, 2)) old.exec(step);
    old.exec('PRAGMA user_version = 2');
    const add = old.prepare(
      `INSERT INTO contacts (identity, server, name, endpoints, read_up_to, rejected)
       VALUES (?, 'http://127.0.0.1:8000', ?, '[]', 0, ?)`,
    );
    const rejected = fingerprintNamed('somebody else');
    add.run(fingerprintNamed('Carol'), 'Carol', rejected);
    add.run(fingerprintNamed('Dave'), 'Dave', null);
    old.close();
    const history = openHistory(folder, unexpected);
    assert.deepEqual(
      history.contacts().map((contact) => contact.rejected),
      [[rejected], []],
    );
    assert.deepEqual(history.successors(), []);
    history.close();
  });

  it('brings a file of the fourth version up to date: what it has can be found', () => {
    const folder = temporaryFolder();
    const old = new DatabaseSync(join(folder, 'chat.db'));
    for (const step of HISTORY_MIGRATIONS.slice(0, 4)) old.exec(step);
    old.exec('PRAGMA user_version = 4');
    const { id, author, seq } = entry.envelope;
    old
      .prepare(`INSERT INTO messages VALUES (7, ?, ?, ?, 1, ?, ?, 5, 'delivered', NULL, 0)`)
      .run(id, author, entry.contact, seq, JSON.stringify(entry.envelope));
    old.close();
    const history = openHistory(folder, unexpected);
    assert.deepEqual([history.index(), history.index()], [1, 0]);
    const found = history.search('hello', { contact: null, limit: 9 });
    assert.deepEqual(
      found.map(({ order }) => order),
      [7],
    );
    history.close();
  });

  it('makes a full-text index anew that is damaged, and keeps every message', () => {
    const folder = temporaryFolder();
    const device = fingerprintNamed("Carol's device");
    const messages = [1, 2].map((seq) => ({
      envelope: textEnvelope('Carol', 'Sam', { seq, body: { text: 'hello' } }),
      held: false,
    }));
    const cursor = { epoch: randomUUID(), next: 3 };
    const damaged = (): HistoryStore => {
      const history = openHistory(folder, unexpected);
      history.receive(entry.contact, device, cursor, messages, [], 1);
      while (history.index() > 0);
      history.close();
      const path = join(folder, 'chat.db');
      const file = new DatabaseSync(path, { readOnly: true });
      const blocks = file.prepare('SELECT block FROM texts_data WHERE id > 10 AND length(block) > 9').all();
      file.close();
      const bytes = readFileSync(path);
      for (const { block } of blocks) {
        assert.ok(block instanceof Uint8Array);
        const at = bytes.indexOf(block);
        assert.ok(at > 0);
        bytes.fill(0xff, at, at + block.length);
      }
      writeFileSync(path, bytes);
      return openHistory(folder, unexpected, unexpected);
    };
    const hellos = (history: HistoryStore): number =>
      history.search('hello', { contact: null, limit: 9 }).length;

    const searched = damaged();
    assert.equal(hellos(searched), 0);
    while (searched.index() > 0);
    assert.equal(hellos(searched), 2);
    searched.close();

    const forgotten = damaged();
    forgotten.removeContact(entry.contact);
    assert.deepEqual(forgotten.page(entry.contact, null, 9).messages, []);
    forgotten.close();
  });

  it('refuses a file of a newer version and says what to do', () => {
    const folder = temporaryFolder();
    const newer = new DatabaseSync(join(folder, 'chat.db'));
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    assert.throws(
      () => openHistory(folder, unexpected),
      (error) => error instanceof StorageError && error.message.includes('update the extension'),
    );
  });
});
