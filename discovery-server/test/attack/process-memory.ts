import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import * as z from 'zod';

/**
 * What a process under attack has in use. The system's own figure, the resident set, is neither that nor steady: it holds
 * what the system chose to keep of the program's file, and all that glibc's heap once had below the last thing in it. While
 * connections come and go, that heap is several times as large as what is in use; as soon as garbage is collected it shrinks
 * to its last piece in use, so one small piece that lasts, taken at the wrong moment by any thread, keeps it large.
 */

/**
 * A small nursery, code that stays compiled (it would be dropped after some collections, at another one in each run), and
 * an allocator that gives back what it can: who keeps a lot shows, who has kept a lot once does not.
 */
export const MEASURABLE = {
  execArgv: ['--expose-gc', '--max-semi-space-size=1', '--no-flush-bytecode'],
  env: {
    MALLOC_ARENA_MAX: '1',
    MALLOC_MMAP_THRESHOLD_: '8192',
    MALLOC_TRIM_THRESHOLD_: '0',
    // Small pieces that are free would be marked as used.
    GLIBC_TUNABLES: 'glibc.malloc.mxfast=0',
  },
} as const;

/** Bytes in use after a garbage collection: of JavaScript and its buffers, and of the whole process. */
export const memoryAnswer = z.object({ heap: z.number(), process: z.number() });

/** Collects garbage, in a process that was started as `MEASURABLE` says, and tells what is left. */
export async function memoryInUse(): Promise<z.infer<typeof memoryAnswer>> {
  for (let round = 0; round < 2; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    // After any other collection V8 keeps megabytes of empty pages, which its heap's own figures do not name.
    globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, process: hasGlibc ? ownBytes() - freeBytes() : rss };
}

const report = z.object({ header: z.object({ glibcVersionRuntime: z.string().optional() }) });
const { header } = report.parse(process.report.getReport());
/** Elsewhere the resident set is all that can be told. */
export const hasGlibc = header.glibcVersionRuntime !== undefined;

/** What the process has of the system for itself: no page of a file. */
function ownBytes(): number {
  const [, kibibytes] = /^Anonymous: *(\d+) kB$/m.exec(readFileSync('/proc/self/smaps_rollup', 'utf8')) ?? [];
  return Number(kibibytes) * 1024;
}

/** So often another thread may change the heap under our eyes. */
const MOST_LOOKS = 5;

/** Bytes in glibc's heap that are free and yet not given back, since something lies behind them. */
function freeBytes(): number {
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    const free = freeBytesIn(ownHeap());
    if (free !== undefined) return free;
  }
  throw new Error("the process's own heap cannot be read");
}

function ownHeap(): DataView {
  const [, from, to] =
    /^([0-9a-f]+)-([0-9a-f]+) .*\[heap\]$/m.exec(readFileSync('/proc/self/maps', 'utf8')) ?? [];
  const start = Number.parseInt(from ?? '', 16);
  const heap = Buffer.allocUnsafeSlow(Number.parseInt(to ?? '', 16) - start);
  const memory = openSync('/proc/self/mem', 'r');
  const read = readSync(memory, heap, 0, heap.length, start);
  closeSync(memory);
  return new DataView(heap.buffer, 0, read);
}

/** Pieces are multiples of 16 bytes, 32 at least; the bits below tell of other things, the lowest whether the piece before is used. */
const SIZE = 0xffff_fff0;
const LEAST_SIZE = 32;
const IS_USED_BEFORE = 1;

/**
 * Goes through the heap's pieces, as malloc.c of glibc describes them: the size of each stands 8 bytes behind its start, and
 * right behind it is the next. The last goes to the end, and is given back as far as it can be.
 * @returns undefined where these are no pieces
 */
export function freeBytesIn(heap: DataView): number | undefined {
  let free = 0;
  let before = 0;
  let at = 0;
  while (at + 16 <= heap.byteLength) {
    const field = heap.getUint32(at + 8, true);
    const size = (field & SIZE) >>> 0;
    if (size < LEAST_SIZE || heap.getUint32(at + 12, true) !== 0) return undefined;
    if ((field & IS_USED_BEFORE) === 0) free += before;
    before = size;
    at += size;
  }
  return at === heap.byteLength ? free : undefined;
}
