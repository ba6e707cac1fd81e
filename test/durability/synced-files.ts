import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Call } from './trace.ts';

/** The databases, and what SQLite keeps beside them but for the index in shared memory, which it makes anew. */
const TRACKED = /\.db(-wal|-journal)?$/;

/** What the disk may have of what was written after the last sync. */
export type Rest =
  /** Nothing. */
  | 'lost'
  /** All of it, but half of the last write. */
  | 'torn'
  /** The last write without those before it. */
  | 'out of order';

interface Write {
  readonly offset: number;
  readonly data: Buffer;
}

class Content {
  #synced: Buffer = Buffer.alloc(0);
  #unsynced: (Write | { readonly length: number })[] = [];

  change(change: Write | { readonly length: number }): void {
    this.#unsynced.push(change);
  }

  sync(): void {
    this.#synced = this.#unsynced.reduce(apply, this.#synced);
    this.#unsynced = [];
  }

  on(rest: Rest): Buffer {
    const last = this.#unsynced.at(-1);
    if (rest === 'lost' || last === undefined) return this.#synced;
    if (rest === 'out of order') return apply(this.#synced, last);
    const torn = 'data' in last ? { ...last, data: last.data.subarray(0, last.data.length / 2) } : last;
    return [...this.#unsynced.slice(0, -1), torn].reduce(apply, this.#synced);
  }
}

function apply(content: Buffer, change: Write | { readonly length: number }): Buffer {
  const length =
    'length' in change ? change.length : Math.max(content.length, change.offset + change.data.length);
  const next = Buffer.alloc(length);
  content.copy(next);
  if ('data' in change) change.data.copy(next, change.offset);
  return next;
}

/**
 * What a disk is sure to have after each call of a trace, as POSIX has it: of a file, what was written before its last
 * `fsync` or `fdatasync` began; of a folder, the names that it had before its own last `fsync`. SQLite syncs the folder
 * of a WAL with the WAL's first sync, and the database lies in the same one. Folders themselves are taken to be there:
 * VS Code makes them.
 */
export class SyncedFiles {
  readonly #names = new Map<string, Content>();
  readonly #durable = new Map<string, Content>();

  /** @throws when a call does something to a database that is not accounted for here */
  take(call: Call): void {
    const { name, target, args, data, result } = call;
    const file = this.#names.get(target);
    switch (name) {
      case 'openat':
        if (!TRACKED.test(target)) return;
        if (file === undefined && args.includes('O_CREAT')) this.#names.set(target, new Content());
        if (args.includes('O_TRUNC')) this.#names.get(target)?.change({ length: 0 });
        return;
      case 'pwrite64':
        file?.change({ offset: lastNumber(args), data: data.subarray(0, result) });
        return;
      case 'ftruncate':
        file?.change({ length: lastNumber(args) });
        return;
      case 'unlink':
      case 'unlinkat':
        this.#names.delete(data.toString());
        return;
      case 'fsync':
      case 'fdatasync':
        if (file !== undefined) file.sync();
        else this.#syncFolder(target);
        return;
      default:
        if (file !== undefined && name !== 'close')
          throw new Error(`${name} on ${target} is not accounted for`);
    }
  }

  /** Writes what the disk has now, by paths under `roots`, each into the folder given for it. */
  restore(roots: ReadonlyMap<string, string>, rest: Rest): void {
    for (const [root, folder] of roots) {
      mkdirSync(folder, { recursive: true });
      for (const [file, content] of this.#durable) {
        if (path.dirname(file) === root)
          writeFileSync(path.join(folder, path.basename(file)), content.on(rest));
      }
    }
  }

  #syncFolder(folder: string): void {
    for (const file of this.#durable.keys()) if (path.dirname(file) === folder) this.#durable.delete(file);
    for (const [file, content] of this.#names) {
      if (path.dirname(file) === folder) this.#durable.set(file, content);
    }
  }
}

function lastNumber(args: string): number {
  const [found] = /\d+$/.exec(args) ?? [];
  if (found === undefined) throw new Error(`no number ends ${args.slice(-80)}`);
  return Number(found);
}
