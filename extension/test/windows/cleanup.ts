import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'node:test';

const ends: (() => unknown)[] = [];

/** Ends what a test began, the newest first, whatever became of the test and of the other ends. */
export function atEnd(end: () => unknown): void {
  ends.push(end);
}

/** A fresh folder on a disk, gone after the test, once everything that was begun after it is over. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'p2p-chat-test-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

afterEach(async () => {
  const errors: unknown[] = [];
  for (let end = ends.pop(); end !== undefined; end = ends.pop()) {
    try {
      await end();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, 'a test left something behind');
});
