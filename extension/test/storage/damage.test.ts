import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import type { HistoryStore } from '../../src/core/storage-ports.ts';
import { DamagedFile } from '../../src/storage/damage.ts';
import { openHistory } from '../../src/storage/history.ts';
import { openOutbox } from '../../src/storage/outbox.ts';
import { damagePage, damageRow, overwrite } from '../support/damage.ts';
import { fingerprintNamed, textEnvelope } from '../support/envelopes.ts';
import { temporaryFolder } from '../support/temporary.ts';

const CAROL = fingerprintNamed('Carol');
const DEVICE = fingerprintNamed("Carol's device");
const MESSAGES = 40;
const unexpected = (damaged: string): void => assert.fail(`put aside: ${damaged}`);

const carol = {
  identity: CAROL,
  server: 'http://127.0.0.1:8000',
  name: 'Carol',
  trust: 'unverified',
  standing: 'accepted',
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

/** A closed history with a contact and messages both ways, on a dozen pages. Returns its path and a message's id. */
function someHistory(): { path: string; id: string } {
  const folder = temporaryFolder();
  const history = openHistory(folder, unexpected);
  history.saveContact(carol);
  const [mine, theirs] = [randomUUID(), randomUUID()];
  const envelopes = Array.from({ length: MESSAGES }, (_, index) =>
    textEnvelope('Carol', 'Sam', {
      epoch: theirs,
      seq: index + 1,
      body: { text: `message ${index} `.repeat(20) },
    }),
  );
  const messages = envelopes.map((envelope) => ({ envelope, held: false }));
  history.receive(CAROL, DEVICE, { epoch: theirs, next: MESSAGES + 1 }, messages, [], 1_000);
  const envelope = textEnvelope('Sam', 'Carol', { epoch: mine, seq: 1 });
  history.addOutgoing(
    [{ envelope, contact: CAROL, storedAt: 1_000 }],
    [{ contact: CAROL, cursor: { epoch: mine, next: 2 } }],
  );
  history.setSetting('listen.port', '5000');
  history.close();
  return { path: join(folder, 'chat.db'), id: envelopes[MESSAGES / 2]?.id ?? '' };
}

/** Everything that a peer does with a history, from its start on. */
function use(history: HistoryStore): void {
  history.contacts();
  history.successors();
  history.workspaces();
  history.undelivered();
  history.setting('listen.port');
  history.summary(CAROL);
  history.notices(CAROL);
  history.outbound(CAROL);
  history.inbound(DEVICE);
  history.received(CAROL);
  history.page(CAROL, null, 10_000);
  history.saveContact({ ...carol, readUpTo: 1 });
  const epoch = randomUUID();
  const envelope = textEnvelope('Carol', 'Sam', { epoch, seq: 1 });
  history.receive(CAROL, DEVICE, { epoch, next: 2 }, [{ envelope, held: true }], [], 2_000);
  const written = textEnvelope('Sam', 'Carol', { epoch, seq: 1 });
  history.addOutgoing(
    [{ envelope: written, contact: CAROL, storedAt: 2_000 }],
    [{ contact: CAROL, cursor: { epoch, next: 2 } }],
  );
  history.settle(written.author, [{ id: written.id, state: 'delivered', refused: null, isChange: false }]);
  history.forget(1_500);
}

/** Uses a damaged file in two runs. Returns what was put aside. */
function twoRuns(path: string): string[] {
  const aside: string[] = [];
  const found: string[] = [];
  const open = (): HistoryStore =>
    openHistory(
      dirname(path),
      (damaged) => aside.push(damaged),
      (at) => found.push(at),
    );
  const first = open();
  try {
    use(first);
  } catch (error) {
    assert.ok(error instanceof DamagedFile, String(error));
    assert.deepEqual(found, [path], 'whom it concerns is told, once');
  } finally {
    first.close();
  }
  const second = open();
  use(second);
  second.close();
  return aside;
}

/** The damaged file is where it is said to be, and was not written to any more. */
function assertKept(aside: readonly string[], path: string, content: Buffer): void {
  const [damaged = '', ...others] = aside;
  assert.deepEqual(others, []);
  assert.ok(damaged.startsWith(`${path}.damaged-`));
  assert.ok(readFileSync(damaged).equals(content), 'as it was');
  assert.equal(statSync(damaged).mode & 0o077, 0);
  assert.ok(!readdirSync(dirname(path)).includes('chat.db.suspect'));
}

describe('a damaged history is put aside as it is, told by its path, and an empty one takes its place:', () => {
  it('one that begins with something else', () => {
    const { path } = someHistory();
    overwrite(path, 3, () => 0);
    const content = readFileSync(path);
    assertKept(twoRuns(path), path, content);
  });

  it('one that is no database at all', () => {
    const path = join(temporaryFolder(), 'chat.db');
    writeFileSync(path, 'too short to be anything');
    assert.equal(twoRuns(path).length, 1);
  });

  it('one that ends too early', () => {
    const { path } = someHistory();
    truncateSync(path, statSync(path).size - 2 * 4_096);
    const content = readFileSync(path);
    assertKept(twoRuns(path), path, content);
  });

  it('one with a bad page, in the run after the one that reads it', () => {
    const { path, id } = someHistory();
    damagePage(path, id);
    assert.equal(twoRuns(path).length, 1);
  });

  it('one with a row that no schema takes, in the run after the one that reads it', () => {
    const { path, id } = someHistory();
    damageRow(path, id);
    assert.equal(twoRuns(path).length, 1);
  });
});

describe('a history that was suspected', () => {
  it('is left as it is when nothing is wrong with it', () => {
    const { path } = someHistory();
    writeFileSync(`${path}.suspect`, '');
    const history = openHistory(dirname(path), unexpected);
    assert.equal(history.page(CAROL, null, 10_000).messages.length, MESSAGES + 1);
    history.close();
    assert.deepEqual(readdirSync(dirname(path)), ['chat.db']);
  });
});

describe('an outbox', () => {
  it('with a row that no schema takes is put aside in the next run', () => {
    const folder = temporaryFolder();
    const entry = { contact: CAROL, envelope: textEnvelope('Sam', 'Carol') };
    const path = join(folder, 'outbox.db');
    const before = openOutbox(folder, unexpected);
    before.add([entry]);
    before.close();
    damageRow(path, entry.envelope.id);
    const first = openOutbox(folder, unexpected);
    assert.throws(() => first.all(), DamagedFile);
    first.close();
    const aside: string[] = [];
    const second = openOutbox(folder, (damaged) => aside.push(damaged));
    assert.deepEqual(second.all(), []);
    second.close();
    assert.equal(aside.length, 1);
  });
});

describe('whichever byte of a history is another', () => {
  // The version in the file's header: one of a newer version is left alone.
  const VERSION = { from: 60, to: 64 };
  const SHARES = 24;

  it('the run after the one that finds it can use every part of it', () => {
    const { path } = someHistory();
    const sound = readFileSync(path);
    const outcomes = new Set<string>();
    for (let share = 0; share < SHARES; share += 1) {
      // One in each share of the file; the third power spreads them over all places of a page.
      const offset =
        Math.floor((share * sound.length) / SHARES) + ((share ** 3 * 37) % (sound.length / SHARES));
      const place = Math.floor(offset);
      if (place >= VERSION.from && place < VERSION.to) continue;
      const folder = temporaryFolder();
      const copy = join(folder, 'chat.db');
      writeFileSync(copy, sound, { mode: 0o600 });
      overwrite(copy, place, (byte) => byte ^ 0x80);
      try {
        outcomes.add(twoRuns(copy).length === 0 ? 'went on' : 'put aside');
      } catch (error) {
        throw new Error(`byte ${place} of ${sound.length}`, { cause: error });
      }
    }
    assert.deepEqual([...outcomes].sort(), ['put aside', 'went on']);
  });
});
