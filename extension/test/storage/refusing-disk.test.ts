import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { chmodSync, chownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type HistoryStore, type OutboxStore, StorageError } from '../../src/core/storage-ports.ts';
import { openHistory } from '../../src/storage/history.ts';
import { openOutbox } from '../../src/storage/outbox.ts';
import { fingerprintNamed, textEnvelope } from '../support/envelopes.ts';
import { smallDisk, type SmallDisk } from '../support/small-disk.ts';
import { temporaryFolder } from '../support/temporary.ts';

const CAROL = fingerprintNamed('Carol');
const NOBODY = 65_534;
const unexpected = (damaged: string): void => assert.fail(`put aside: ${damaged}`);
const failsWith = (words: string) => (error: unknown) =>
  error instanceof StorageError && error.message.includes(words);

function entry(seq: number, text: string) {
  return { contact: CAROL, envelope: textEnvelope('Sam', 'Carol', { seq, body: { text } }) };
}

/** Does `work` as somebody to whom modes mean something: to root they do not. */
function withoutPrivileges(paths: readonly string[], work: () => void): void {
  if (process.getuid?.() !== 0) return work();
  for (const path of paths) chownSync(path, NOBODY, NOBODY);
  process.seteuid?.(NOBODY);
  try {
    work();
  } finally {
    process.seteuid?.(0);
  }
}

describe('a file that may not be written', () => {
  const skip = process.platform === 'win32' && 'modes mean nothing on Windows';

  it('is an error that names it and says what to do; it is whole afterwards', { skip }, () => {
    const folder = temporaryFolder();
    const path = join(folder, 'outbox.db');
    const first = openOutbox(folder, unexpected);
    first.add([entry(1, 'hello')]);
    first.close();
    chmodSync(path, 0o400);
    withoutPrivileges([folder, path], () => {
      assert.throws(() => openOutbox(folder, unexpected), failsWith('check its permissions'));
      assert.throws(() => openOutbox(folder, unexpected), failsWith(path));
    });
    chmodSync(path, 0o600);
    withoutPrivileges([folder, path], () => {
      const again = openOutbox(folder, unexpected);
      assert.equal(again.all().length, 1);
      again.close();
    });
    assert.deepEqual(readdirSync(folder), ['outbox.db']);
  });
});

/** Runs a test on a small disk, or tells why not. */
function onSmallDisk(name: string, run: (disk: SmallDisk) => void): void {
  it(name, (t: TestContext) => {
    const disk = smallDisk(512);
    if (typeof disk === 'string') return t.skip(disk);
    try {
      run(disk);
    } finally {
      disk.remove();
    }
  });
}

const LARGE = 'a text that does not fit '.repeat(1_000);

describe('on a full disk', () => {
  onSmallDisk(
    'an outbox takes nothing and says why, keeps what it has, and goes on once there is room',
    (disk) => {
      const outbox: OutboxStore = openOutbox(disk.folder, unexpected);
      const kept = entry(1, 'hello');
      outbox.add([kept]);
      disk.fill();
      const late = Array.from({ length: 20 }, (_, index) => entry(index + 2, LARGE));
      assert.throws(() => outbox.add(late), failsWith('The disk is full'));
      assert.deepEqual(outbox.all(), [kept], 'all of it or nothing');
      disk.makeRoom();
      outbox.add(late.slice(0, 2));
      assert.equal(outbox.all().length, 3);
      outbox.close();
      const again = openOutbox(disk.folder, unexpected);
      assert.equal(again.all().length, 3);
      again.close();
    },
  );

  onSmallDisk('a history moves no cursor, and what it has can be read', (disk) => {
    const history: HistoryStore = openHistory(disk.folder, unexpected);
    const [device, epoch] = [fingerprintNamed("Carol's device"), randomUUID()];
    const arrive = (from: number, count: number, text: string): void => {
      const messages = Array.from({ length: count }, (_, index) => ({
        envelope: textEnvelope('Carol', 'Sam', { epoch, seq: from + index, body: { text } }),
        held: false,
      }));
      history.receive(CAROL, device, { epoch, next: from + count }, messages, [], 1);
    };
    arrive(1, 1, 'hello');
    disk.fill();
    assert.throws(() => arrive(2, 20, LARGE), failsWith('The disk is full'));
    assert.deepEqual(history.inbound(device).cursor, { epoch, next: 2 });
    assert.equal(history.page(CAROL, null, 100).messages.length, 1);
    disk.makeRoom();
    arrive(2, 1, 'again');
    assert.deepEqual(history.inbound(device).cursor, { epoch, next: 3 });
    history.close();
  });

  onSmallDisk('a file that cannot be made is an error, and is made once there is room', (disk) => {
    disk.fill();
    assert.throws(() => openHistory(disk.folder, unexpected), failsWith('The disk is full'));
    disk.makeRoom();
    const history = openHistory(disk.folder, unexpected);
    assert.deepEqual(history.contacts(), []);
    history.close();
  });
});
