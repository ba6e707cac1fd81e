import assert from 'node:assert/strict';
import { openSync, writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { openHistory } from '../../extension/src/storage/history.ts';
import { fingerprintNamed, textEnvelope } from '../../extension/test/support/envelopes.ts';
import { MARKER } from './marker.ts';

/**
 * A history to be run under strace, whose folder is the one argument: takes a message of this person's, which need not
 * wait for the disk, and its receipt long after. It ends without closing anything.
 */
const [, , folder] = process.argv;
if (folder === undefined) throw new Error('the folder is missing');
const marker = openSync(MARKER, 'w');
const history = openHistory(folder, (damaged) => assert.fail(damaged));
const envelope = textEnvelope('Sam', 'Carol', {});
const { id, epoch, seq, author } = envelope;
const contact = fingerprintNamed('Carol');
writeSync(marker, 'message');
history.addOutgoing([{ envelope, contact, storedAt: 1 }], [{ contact, cursor: { epoch, next: seq + 1 } }]);
writeSync(marker, 'stored');
await setTimeout(2_000);
writeSync(marker, 'receipt');
history.settle(author, [{ id, state: 'delivered', refused: null, isChange: false }]);
writeSync(marker, 'settled');
process.kill(process.pid, 'SIGKILL');
