import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as z from 'zod';
import { linkFrame } from '@p2p-chat/protocol/link';
import { openHistory } from '../../extension/src/storage/history.ts';
import { openOutbox } from '../../extension/src/storage/outbox.ts';
import { SyncedFiles, type Rest } from './synced-files.ts';
import { type Call, isSyncOf } from './trace.ts';
import { MARKER } from './marker.ts';
import type { Recording } from './workload.ts';

/** Something left that vouches for messages: from then on they must not be lost. */
export interface Promised {
  readonly call: Call;
  readonly what: 'answer' | 'receipt';
  readonly id: string;
  /** The databases that have to have it by then. */
  readonly files: readonly string[];
}

const receipt = z.object({ type: z.literal('receipt') });

/** Everything that the traced peer vouched for, in order. */
export function promises({ calls, globalStorage, sent, received }: Recording): Promised[] {
  const history = path.join(globalStorage, 'chat.db');
  const seen = new Set<string>();
  return calls.flatMap((call): Promised[] => {
    if (call.target.startsWith('UNIX')) {
      // The peer says nothing of a message to a window but how it stands.
      const told = sent.filter(({ id }) => !seen.has(id) && call.data.includes(id));
      for (const { id } of told) seen.add(id);
      return told.map(({ id, folder }) => {
        return { call, what: 'answer', id, files: [path.join(folder, 'outbox.db')] };
      });
    }
    const frame = call.name === 'write' && call.target === MARKER ? frameIn(call.data) : null;
    if (frame?.type !== 'receipt') return [];
    const told = received.filter(
      ({ id, epoch, seq }) => !seen.has(id) && epoch === frame.epoch && seq < frame.next,
    );
    for (const { id } of told) seen.add(id);
    return told.map(({ id }) => ({ call, what: 'receipt', id, files: [history] }));
  });
}

function frameIn(data: Buffer) {
  try {
    const raw: unknown = JSON.parse(data.toString());
    return receipt.safeParse(raw).success ? linkFrame.parse(raw) : null;
  } catch {
    return null;
  }
}

/**
 * What left before it was durable: for each promise the first write to each WAL that has the message's id, and the
 * sync of that WAL which begins after it, have to have ended before the call that makes the promise began.
 */
export function tooEarly(recording: Recording, promised: readonly Promised[]): string[] {
  return promised.flatMap(({ call, what, id, files }) =>
    files.flatMap((file) => {
      const wal = `${file}-wal`;
      const written = recording.calls.find(
        ({ name, target, data }) => name === 'pwrite64' && target === wal && data.includes(id),
      );
      const synced =
        written && recording.calls.find((each) => isSyncOf(each, wal) && each.began > written.ended);
      return synced !== undefined && synced.ended < call.began
        ? []
        : [`${what} for ${id} before ${path.basename(wal)} was synced`];
    }),
  );
}

/** Where images lie makes no difference: in memory they are made sooner. */
const IMAGES = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/**
 * What is missing from the disk, were the machine to stop at the promises and in the middle of syncs, and what was not
 * synced by then be lost, torn, or written out of order. Ends at the first moment that something is missing.
 */
export function lost(
  recording: Recording,
  promised: readonly Promised[],
): { moments: number; missing: string[] } {
  const files = new SyncedFiles();
  const made = new Set(promised.map(({ call }) => call));
  let moments = 0;
  let given: Promised[] = [];
  for (const call of recording.calls) {
    if (made.has(call)) given = [...given, ...promised.filter((each) => each.call === call)];
    const isSync = /^f(data)?sync$/.test(call.name) && call.target.endsWith('-wal');
    const rests: Rest[] = made.has(call) ? ['lost', 'torn'] : isSync ? ['torn', 'out of order'] : [];
    for (const rest of rests) {
      moments += 1;
      const missing = missingFrom(recording, files, rest, given);
      if (missing.length > 0) return { moments, missing };
    }
    files.take(call);
  }
  return { moments, missing: missingFrom(recording, files, 'lost', given) };
}

function missingFrom(
  { globalStorage, workspace, author, received }: Recording,
  files: SyncedFiles,
  rest: Rest,
  given: readonly Promised[],
): string[] {
  const image = mkdtempSync(path.join(IMAGES, 'p2p-chat-image-'));
  const [globalImage, workspaceImage] = [path.join(image, 'global'), path.join(image, 'workspace')];
  const missing: string[] = [];
  const damaged = (file: string): void => void missing.push(`${path.basename(file)} is damaged (${rest})`);
  try {
    files.restore(
      new Map([
        [globalStorage, globalImage],
        [workspace, workspaceImage],
      ]),
      rest,
    );
    const history = openHistory(globalImage, damaged);
    const outboxes = [globalImage, workspaceImage].map((folder) => openOutbox(folder, damaged));
    const waiting = new Set(outboxes.flatMap((outbox) => outbox.all().map(({ envelope }) => envelope.id)));
    for (const { id, what } of given) {
      const writer = what === 'answer' ? author : (received.find((each) => each.id === id)?.author ?? '');
      const stored = history.find(id, writer);
      // What an outbox has, the next start takes into the history.
      if (waiting.has(id)) continue;
      if (stored === null) missing.push(`neither history nor outbox has ${id} (${rest})`);
      else if (stored.state === 'pending') missing.push(`no outbox has ${id} (${rest})`);
    }
    for (const store of [history, ...outboxes]) store.close();
    return missing;
  } finally {
    rmSync(image, { recursive: true, force: true });
  }
}
