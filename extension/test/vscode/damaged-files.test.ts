import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { tellOfDamagedFiles } from '../../src/vscode/damaged-files.ts';
import { FakePeer } from '../fake-peer.ts';
import { english } from './english.ts';

const HISTORY = '/global/chat.db.damaged-1';
const OUTBOX = '/workspace/outbox.db.damaged-2';

function setUp() {
  const peer = new FakePeer();
  const warnings: string[] = [];
  const log: string[] = [];
  const end = tellOfDamagedFiles({
    client: peer,
    l10n: english,
    warn: (message) => warnings.push(message),
    log: (text) => log.push(text),
  });
  return { peer, warnings, log, end };
}

describe('a damaged file that a peer put aside', () => {
  test('is told of by its path when this window connects, in a warning and in the log', () => {
    const { peer, warnings, log } = setUp();
    peer.damagedFiles.push(HISTORY);
    peer.connect();
    assert.deepEqual(warnings, [
      `A file of P2P Chat was damaged. It was put aside as ${HISTORY}, and P2P Chat goes on without it.`,
    ]);
    assert.equal(log.length, 1);
    assert.ok(log[0]?.includes(HISTORY));
  });

  test('is told of when it is found later, and none twice, however often this window connects', () => {
    const { peer, warnings, end } = setUp();
    peer.damagedFiles.push(HISTORY);
    peer.connect();
    peer.push('damagedFiles', [HISTORY, OUTBOX]);
    peer.disconnect();
    peer.connect();
    assert.deepEqual(
      warnings.map((warning) => [HISTORY, OUTBOX].filter((path) => warning.includes(path))),
      [[HISTORY], [OUTBOX]],
    );
    end();
    peer.push('damagedFiles', ['/another']);
    assert.equal(warnings.length, 2);
  });
});
