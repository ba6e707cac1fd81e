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

/** Bytes of the process in glibc's heap that are free and yet not given back, since something lies behind them. */
function freeBytes(): number {
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    const [, from, to] =
      /^([0-9a-f]+)-([0-9a-f]+) .*\[heap\]$/m.exec(readFileSync('/proc/self/maps', 'utf8')) ?? [];
    const start = Number.parseInt(from ?? '', 16);
    const length = Number.parseInt(to ?? '', 16) - start;
    // Before the heap is read, which gives it a page of zeros wherever it has none.
    const pages = read('/proc/self/pagemap', (start / PAGE) * ENTRY, (length / PAGE) * ENTRY);
    const free = freeBytesIn(read('/proc/self/mem', start, length), (page) => isOwn(pages, page));
    if (free !== undefined) return free;
  }
  throw new Error("the process's own heap cannot be read");
}

function read(file: string, from: number, length: number): DataView {
  const bytes = Buffer.allocUnsafeSlow(length);
  const opened = openSync(file, 'r');
  const count = readSync(opened, bytes, 0, length, from);
  closeSync(opened);
  return new DataView(bytes.buffer, 0, count);
}

/** Bytes of a page: 4,096 on most machines. */
export const PAGE = hasGlibc ? pageBytes() : 4_096;

function pageBytes(): number {
  const [, kibibytes] = /^KernelPageSize: *(\d+) kB$/m.exec(readFileSync('/proc/self/smaps', 'utf8')) ?? [];
  return Number(kibibytes) * 1024;
}

/** Bytes that the system tells of a page, as pagemap of Linux's documentation says. */
const ENTRY = 8;
/** In the upper half of an entry: the page is there, and it is this process's alone, which that of zeros is not. */
const PRESENT = 1 << 31;
const EXCLUSIVE = 1 << 24;

function isOwn(pages: DataView, page: number): boolean {
  const entry = pages.getUint32(page * ENTRY + 4, true);
  return (entry & PRESENT) !== 0 && (entry & EXCLUSIVE) !== 0;
}

/** Pieces are multiples of 16 bytes, 32 at least; the bits below tell of other things, the lowest whether the piece before is used. */
const SIZE = 0xffff_fff0;
const LEAST_SIZE = 32;
const IS_USED_BEFORE = 1;

/**
 * Goes through the heap's pieces, as malloc.c of glibc describes them: the size of each stands 8 bytes behind its start, and
 * right behind it is the next. The last goes to the end, and is given back as far as it can be.
 * @param isOwn whether the process has this page of the heap: of a piece that nobody ever wrote to, it has none
 * @returns undefined where these are no pieces
 */
export function freeBytesIn(heap: DataView, isOwn: (page: number) => boolean): number | undefined {
  let free = 0;
  let before = 0;
  let at = 0;
  while (at + 16 <= heap.byteLength) {
    const field = heap.getUint32(at + 8, true);
    const size = (field & SIZE) >>> 0;
    if (size < LEAST_SIZE || heap.getUint32(at + 12, true) !== 0) return undefined;
    if ((field & IS_USED_BEFORE) === 0) free += ownBytesIn(at - before, at, isOwn);
    before = size;
    at += size;
  }
  return at === heap.byteLength ? free : undefined;
}

function ownBytesIn(from: number, to: number, isOwn: (page: number) => boolean): number {
  let own = 0;
  for (let at = from; at < to;) {
    const page = Math.floor(at / PAGE);
    const end = Math.min(to, (page + 1) * PAGE);
    if (isOwn(page)) own += end - at;
    at = end;
  }
  return own;
}
