import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { describe, it } from 'node:test';
import type { Envelope } from '@p2p-chat/protocol/envelope';
import { StorageError } from '../../src/core/storage-ports.ts';
import { HISTORY_MIGRATIONS } from '../../src/storage/history-schema.ts';
import { openHistory } from '../../src/storage/history.ts';
import { openOutbox, OUTBOX_MIGRATIONS } from '../../src/storage/outbox.ts';
import { fingerprintNamed, textEnvelope } from '../support/envelopes.ts';
import { temporaryFolder } from '../support/temporary.ts';

/**
 * Files of every earlier version, each with a row in every table that it has, are opened by the present code. A step
 * that is added is tried by itself: a column that it makes needs two values in `samples`, and one whose values it
 * rewrites a line in `rewritten`.
 */

type Value = SQLInputValue;
type Row = Record<string, Value>;

const unexpected = (damaged: string): void => assert.fail(`put aside: ${damaged}`);

const [CAROL, DAVE, ERIN] = ['Carol', 'Dave', 'Erin'].map(fingerprintNamed) as [string, string, string];
const DEVICES = [fingerprintNamed("Carol's device"), fingerprintNamed("Dave's device")] as const;
const EPOCHS = ['0b0a6d6e-6a53-4d0c-9d34-3c5f1c1f2a01', '0b0a6d6e-6a53-4d0c-9d34-3c5f1c1f2a02'] as const;
const OLD_EPOCHS = ['0b0a6d6e-6a53-4d0c-9d34-3c5f1c1f2a03', '0b0a6d6e-6a53-4d0c-9d34-3c5f1c1f2a04'] as const;
const written = textEnvelope('Sam', 'Carol', { epoch: EPOCHS[0], body: { text: 'written here' } });
const arrived = textEnvelope('Carol', 'Sam', { epoch: EPOCHS[1], body: { text: 'from Carol' } });
const both = (of: (envelope: Envelope) => Value): [Value, Value] => [of(written), of(arrived)];
const keys = (column: string, values: readonly [Value, Value]) => ({ [column]: values });

/** Two rows for each table, by column. */
const samples: Record<string, Record<string, readonly [Value, Value]>> = {
  contacts: {
    identity: [CAROL, DAVE],
    server: ['http://127.0.0.1:8000', 'https://chat.example.com'],
    name: ['Carol', 'Dave'],
    verified: [1, 0],
    trust: ['verified', 'invited'],
    standing: ['accepted', 'blocked'],
    before_block: [null, 'ignored'],
    changed_to: [null, ERIN],
    rejected: [null, ERIN],
    endpoints: ['[{"address":"127.0.0.1","port":5000}]', '[]'],
    last_seen: [1_700_000_000_000, null],
    read_up_to: [2, 0],
    they_read_up_to: [1, 0],
    muted: [1, 0],
    pinned: [0, 1],
    status_text: ['In a meeting', ''],
    nearby_key: ['0b0a6d6e-6a53-4d0c-9d34-3c5f1c1f2a05', null],
    typed_endpoint: [null, '{"address":"192.168.1.20","port":4000}'],
    former_servers: ['["https://chat.example.com"]', '[]'],
  },
  messages: {
    ord: [1, 2],
    id: both(({ id }) => id),
    author: both(({ author }) => author),
    contact: [CAROL, CAROL],
    mine: [1, 0],
    seq: both(({ seq }) => seq),
    envelope: both((envelope) => JSON.stringify(envelope)),
    stored_at: [1_700_000_000_000, 1_700_000_000_001],
    state: ['pending', 'received'],
    refused: [null, null],
    held: [0, 1],
    about: [null, null],
  },
  outbound: { ...keys('contact', [CAROL, DAVE]), ...keys('epoch', EPOCHS), ...keys('next', [2, 7]) },
  inbound: {
    ...keys('device', DEVICES),
    ...keys('epoch', EPOCHS),
    ...keys('next', [2, 7]),
    ...keys('contact', [CAROL, null]),
    ...keys('last', [null, arrived.id]),
  },
  retired_outbound: { ...keys('contact', [CAROL, CAROL]), ...keys('epoch', OLD_EPOCHS) },
  retired_inbound: { ...keys('device', [DEVICES[0], DEVICES[0]]), ...keys('epoch', OLD_EPOCHS) },
  workspaces: keys('folder', ['/workspaces/a', '/workspaces/b']),
  settings: {
    ...keys('name', ['server', 'listen.port']),
    ...keys('value', ['http://127.0.0.1:8000', '5000']),
  },
  notices: {
    ord: [1, 2],
    contact: [CAROL, CAROL],
    kind: ['identity-accepted', 'renamed'],
    after: [0, 1],
    at: [1_700_000_000_000, 1_700_000_000_001],
    detail: ['', 'Caroline'],
  },
  refusals: { device: [DEVICES[0], DEVICES[0]], seq: [1, 3], reason: ['too-large', 'malformed'] },
  gone: { key: [new Uint8Array(16).fill(1), new Uint8Array(16).fill(2)] },
  successors: { ord: [1, 2], identity: [DAVE, ERIN], next: [CAROL, DAVE] },
  outbox: {
    id: both(({ id }) => id),
    contact: [CAROL, CAROL],
    seq: [1, 2],
    envelope: both((envelope) => JSON.stringify(envelope)),
  },
};

/** The step from which on it is kept how somebody stood before a block. */
const BEFORE_BLOCK = 15;

/** What a step makes of a column's values: files with fewer steps have the samples as they stand. */
const rewritten: { table: string; column: string; step: number; now: (row: Row) => Value }[] = [
  { table: 'contacts', column: 'rejected', step: 4, now: ({ rejected }) => list(rejected ?? null) },
];

function list(value: Value): string {
  return JSON.stringify(value === null ? [] : [value]);
}

function query(file: DatabaseSync, sql: string): Row[] {
  return file.prepare(sql).all();
}

function nameIn({ name }: Row): string {
  assert.ok(typeof name === 'string');
  return name;
}

/** Tables whose one row the step that makes them adds. */
const singletons = ['indexed'];

/** Tables that hold rows of their own, each with its columns. */
function tablesOf(file: DatabaseSync): Map<string, string[]> {
  const names = query(file, "SELECT name FROM pragma_table_list WHERE type = 'table' AND schema = 'main'")
    .map(nameIn)
    .filter((name) => !name.startsWith('sqlite_') && !singletons.includes(name));
  return new Map(
    names.map((name) => [name, query(file, `SELECT name FROM pragma_table_info('${name}')`).map(nameIn)]),
  );
}

/** The rows of a version's tables, as a person's file may have had them. */
function rowsFor(tables: Map<string, string[]>, version: number): Map<string, Row[]> {
  return new Map(
    [...tables].map(([table, columns]) => [
      table,
      [0, 1].map((which) => {
        const row: Row = {};
        for (const column of columns) {
          const pair = samples[table]?.[column];
          assert.ok(pair, `a sample for ${table}.${column} is wanted`);
          row[column] = pair[which] ?? null;
        }
        const changes = rewritten.filter((change) => change.table === table && change.step <= version);
        return { ...row, ...Object.fromEntries(changes.map(({ column, now }) => [column, now(row)])) };
      }),
    ]),
  );
}

/** Makes a file as the code of that version did, and fills it. */
function fileOfVersion(path: string, steps: readonly string[], version: number): Map<string, Row[]> {
  const file = new DatabaseSync(path);
  try {
    file.exec('PRAGMA journal_mode = WAL');
    for (const step of steps.slice(0, version)) file.exec(step);
    file.exec(`PRAGMA user_version = ${version}`);
    const rows = rowsFor(tablesOf(file), version);
    for (const [table, added] of rows) {
      for (const row of added) {
        const marks = Object.keys(row).map(() => '?');
        file
          .prepare(`INSERT INTO ${table} (${Object.keys(row).join()}) VALUES (${marks.join()})`)
          .run(...Object.values(row));
      }
    }
    return rows;
  } finally {
    file.close();
  }
}

/** Everything that was in the file is in it, in whatever columns there are now. */
function assertHasAll(path: string, version: number, before: Map<string, Row[]>): void {
  const file = new DatabaseSync(path, { readOnly: true });
  try {
    const tables = tablesOf(file);
    for (const [table, rows] of before) {
      const columns = tables.get(table);
      assert.ok(columns, `the table ${table} is there`);
      const kept = columns.filter((column) => rows.every((row) => column in row));
      assert.ok(kept.length > 0);
      const expected = rows.map((row) => {
        const values = kept.map((column): [string, Value] => {
          const change = rewritten.find((each) => each.table === table && each.column === column);
          const isOlder = change !== undefined && version < change.step;
          return [column, isOlder ? change.now(row) : (row[column] ?? null)];
        });
        return Object.fromEntries(values);
      });
      const found = query(file, `SELECT ${kept.join()} FROM ${table}`).map((row) => ({ ...row }));
      assert.deepEqual(sorted(found), sorted(expected), table);
    }
  } finally {
    file.close();
  }
}

function sorted(rows: Row[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}

/** Tables, columns and indexes, as SQLite describes them. */
function shapeOf(path: string): unknown {
  const file = new DatabaseSync(path, { readOnly: true });
  try {
    const tables = [...tablesOf(file)].map(([name, columns]) => [name, columns.toSorted()]);
    return {
      tables,
      indexes: query(file, "SELECT name FROM sqlite_schema WHERE type = 'index' ORDER BY name"),
    };
  } finally {
    file.close();
  }
}

const files = [
  {
    name: 'chat.db',
    steps: HISTORY_MIGRATIONS,
    use: (folder: string, version: number): void => {
      const history = openHistory(folder, unexpected);
      assert.deepEqual(
        history.contacts().map(({ name }) => name),
        ['Carol', 'Dave'],
      );
      assert.deepEqual(
        history.page(CAROL, null, 10).messages.map(({ envelope, state }) => [envelope, state]),
        [
          [written, 'pending'],
          [arrived, 'received'],
        ],
      );
      assert.equal(history.undelivered().length, 1);
      assert.deepEqual(history.outbound(CAROL), {
        cursor: { epoch: EPOCHS[0], next: 2 },
        retired: [...OLD_EPOCHS],
      });
      const { cursor, retired } = history.inbound(DEVICES[0]);
      assert.deepEqual(
        { cursor, retired },
        { cursor: { epoch: EPOCHS[0], next: 2 }, retired: [...OLD_EPOCHS] },
      );
      assert.deepEqual(history.workspaces(), ['/workspaces/a', '/workspaces/b']);
      assert.equal(history.setting('listen.port'), '5000');
      if (version === 1) assert.equal(history.contacts()[0]?.trust, 'verified');
      const before = version < BEFORE_BLOCK ? 'request' : 'ignored';
      assert.deepEqual(
        history.contacts().map(({ standing, beforeBlock }) => [standing, beforeBlock]),
        [['accepted', null], version === 1 ? ['accepted', null] : ['blocked', before]],
      );
      history.close();
    },
  },
  {
    name: 'outbox.db',
    steps: OUTBOX_MIGRATIONS,
    use: (folder: string): void => {
      const outbox = openOutbox(folder, unexpected);
      assert.deepEqual(
        outbox.all().map(({ envelope }) => envelope),
        [written, arrived],
      );
      outbox.close();
    },
  },
];

for (const { name, steps, use } of files) {
  describe(`${name} of an earlier version`, () => {
    for (let version = 1; version <= steps.length; version += 1) {
      it(`is brought from version ${version} to ${steps.length} with everything in it`, () => {
        const folder = temporaryFolder();
        const path = join(folder, name);
        const rows = fileOfVersion(path, steps, version);
        use(folder, version);
        assertHasAll(path, version, rows);
        const fresh = join(temporaryFolder(), name);
        fileOfVersion(fresh, steps, steps.length);
        assert.deepEqual(shapeOf(path), shapeOf(fresh), 'the same as a file of today');
      });
    }
  });
}

describe('a change that an earlier version kept without knowing what it is', () => {
  it('counts from now on, and what it says is found', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'chat.db');
    fileOfVersion(path, HISTORY_MIGRATIONS, 8);
    const edit = {
      ...arrived,
      kind: 'edit',
      seq: 2,
      body: { message: arrived.id, text: 'from Carol, edited' },
    };
    const file = new DatabaseSync(path);
    file
      .prepare(
        `INSERT INTO messages (id, author, contact, mine, seq, envelope, stored_at, state, refused, held)
         VALUES (?, ?, ?, 0, 2, ?, 3, 'received', NULL, 0)`,
      )
      .run('019bb9c1-3a00-7a3e-8f00-5a2d1c0b4e09', arrived.author, CAROL, JSON.stringify(edit));
    file.exec('UPDATE indexed SET up_to = 3');
    file.close();
    const history = openHistory(folder, unexpected);
    const texts = (found: { envelope: Envelope }[]) => found.map(({ envelope: { body } }) => body['text']);
    assert.deepEqual(texts(history.changes(CAROL, [arrived.id])), ['from Carol, edited']);
    assert.deepEqual(texts(history.page(CAROL, null, 10).messages), ['written here', 'from Carol']);
    while (history.index() > 0);
    assert.deepEqual(texts(history.search('edited', { contact: null, limit: 10 })), ['from Carol, edited']);
    history.close();
  });
});

describe('changes that an earlier version kept of messages that are gone', () => {
  it('are gone too, but for what waits to be delivered', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'chat.db');
    fileOfVersion(path, HISTORY_MIGRATIONS, 11);
    const gone = '019bb9c1-3a00-7a3e-8f00-5a2d1c0b4e0a';
    const edit = (id: string, message: string, state: string) => {
      const envelope = { ...written, id, kind: 'edit', seq: 2, body: { message, text: 'edited' } };
      file
        .prepare(
          `INSERT INTO messages (id, author, contact, mine, seq, envelope, stored_at, state, refused, held, about)
           VALUES (?, ?, ?, 1, 2, ?, 3, ?, NULL, 0, ?)`,
        )
        .run(id, written.author, CAROL, JSON.stringify(envelope), state, message);
    };
    const [ofGone, waiting, ofKept] = ['b', 'c', 'd'].map((end) => gone.replace(/.$/, end));
    assert.ok(ofGone !== undefined && waiting !== undefined && ofKept !== undefined);
    const file = new DatabaseSync(path);
    edit(ofGone, gone, 'delivered');
    edit(waiting, gone, 'pending');
    edit(ofKept, written.id, 'delivered');
    file.exec('UPDATE indexed SET up_to = 5');
    file.close();
    const history = openHistory(folder, unexpected);
    const kept = [ofGone, waiting, ofKept].map((id) => history.find(id, written.author) !== null);
    assert.deepEqual(kept, [false, true, true]);
    while (history.index() > 0);
    assert.equal(history.search('edited', { contact: null, limit: 9 }).length, 2);
    history.close();
  });
});

describe('somebody whom an earlier version blocked', () => {
  it('was accepted before if this person wrote to them, and else a request: more cannot be known', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'chat.db');
    fileOfVersion(path, HISTORY_MIGRATIONS, 2);
    const file = new DatabaseSync(path);
    file.exec("UPDATE contacts SET standing = 'blocked'");
    // What they wrote themselves lets nobody in.
    file
      .prepare(
        `INSERT INTO messages (id, author, contact, mine, seq, envelope, stored_at, state, refused, held)
         VALUES (?, ?, ?, 0, 1, ?, 3, 'received', NULL, 0)`,
      )
      .run(arrived.id, DAVE, DAVE, JSON.stringify({ ...arrived, author: DAVE }));
    file.close();
    const history = openHistory(folder, unexpected);
    assert.deepEqual(
      history.contacts().map(({ name, beforeBlock }) => [name, beforeBlock]),
      [
        ['Carol', 'accepted'],
        ['Dave', 'request'],
      ],
    );
    history.close();
  });
});

describe('a step that fails', () => {
  it('leaves the file as it was, of its earlier version', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'chat.db');
    const rows = fileOfVersion(path, HISTORY_MIGRATIONS, 1);
    const file = new DatabaseSync(path);
    // The second step makes it, after it changed other tables.
    file.exec('CREATE TABLE notices (in_the_way TEXT)');
    file.close();
    assert.throws(
      () => openHistory(folder, unexpected),
      (error) => error instanceof StorageError && String(error.cause).includes('notices already exists'),
    );
    const after = new DatabaseSync(path);
    assert.equal(query(after, 'PRAGMA user_version')[0]?.['user_version'], 1);
    after.exec('DROP TABLE notices');
    after.close();
    openHistory(folder, unexpected).close();
    assertHasAll(path, 1, rows);
  });
});
