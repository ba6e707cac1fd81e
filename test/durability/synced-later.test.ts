import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { MARKER } from './marker.ts';
import { type Call, isSyncOf, readTrace, straceArguments, TRACEABLE } from './trace.ts';
import { whyNoTrace } from './workload.ts';

const skip = whyNoTrace() ?? false;

describe('a message whose receipt comes after a while', { skip }, () => {
  const base = mkdtempSync(path.join(tmpdir(), 'p2p-chat-synced-later-'));
  const folder = path.join(base, 'history');
  let calls: readonly Call[] = [];
  /** How often the history's WAL was synced between two markers. */
  const syncsBetween = (from: string, to: string): number => {
    const at = (marker: string): number =>
      calls.findIndex(({ target, data }) => target === MARKER && data.toString() === marker);
    return calls.slice(at(from), at(to)).filter((call) => isSyncOf(call, path.join(folder, 'chat.db-wal')))
      .length;
  };

  before(async () => {
    const trace = path.join(base, 'trace');
    const script = path.join(import.meta.dirname, 'synced-later.ts');
    spawnSync('strace', [...straceArguments(trace), process.execPath, script, folder], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...TRACEABLE },
    });
    calls = await readTrace(trace);
  });
  after(() => rmSync(base, { recursive: true, force: true }));

  it('waits for no disk in the history of its author, and is on the disk a second later', () => {
    assert.equal(syncsBetween('message', 'stored'), 0);
    assert.equal(syncsBetween('stored', 'receipt'), 1);
  });

  it('waits for the disk once with its receipt', () => {
    assert.equal(syncsBetween('receipt', 'settled'), 1);
  });
});
