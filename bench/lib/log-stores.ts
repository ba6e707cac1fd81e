import { fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { HistoryStore, OutboxStore } from '../../extension/src/core/storage-ports.ts';
import type { PeerParts } from '../../extension/src/peer/parts.ts';
import { freeStores } from './free-stores.ts';

/**
 * Those that take no time, with the least that makes a message durable: what is told is appended to a plain file, which was made
 * beforehand, and synced where the product waits for the disk. A start could read it again; nobody could open a conversation, search
 * it or page through it.
 */
export const logStores: PeerParts = {
  ...freeStores,
  openHistory: (folder, ...how) => loggedHistory(freeStores.openHistory(folder, ...how), folder),
  openOutbox: (folder, ...how) => loggedOutbox(freeStores.openOutbox(folder, ...how), folder),
};

/** More than any row writes between two syncs. */
const LOG_BYTES = 8 * 2 ** 20;

/** A file that is written from its start to its end, again and again: no sync waits for it to grow. */
class Log {
  readonly #file: number;
  #end = 0;

  constructor(folder: string) {
    this.#file = openSync(join(folder, 'bench.log'), 'w');
    writeSync(this.#file, Buffer.alloc(LOG_BYTES));
    fdatasyncSync(this.#file);
  }

  append(what: unknown): void {
    const bytes = Buffer.from(`${JSON.stringify(what)}\n`);
    if (this.#end + bytes.length > LOG_BYTES) this.#end = 0;
    this.#end += writeSync(this.#file, bytes, 0, bytes.length, this.#end);
    fdatasyncSync(this.#file);
  }
}

function loggedHistory(history: HistoryStore, folder: string): HistoryStore {
  const log = new Log(folder);
  return {
    ...history,
    receive: (...told) => {
      log.append(told);
      return history.receive(...told);
    },
    settle: (...told) => {
      log.append(told);
      return history.settle(...told);
    },
  };
}

function loggedOutbox(outbox: OutboxStore, folder: string): OutboxStore {
  const log = new Log(folder);
  return {
    ...outbox,
    add: (...told) => {
      log.append(told);
      outbox.add(...told);
    },
  };
}
