import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

/** A fresh folder that is gone when the tests of this file end. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'p2p-chat-test-'));
  after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}
