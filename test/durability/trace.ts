import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** The system calls that change files, make them durable, or let something leave. */
const TRACED = [
  ...['openat', 'close', 'write', 'writev', 'pwrite64', 'pwritev', 'pwritev2', 'ftruncate', 'fallocate'],
  ...['rename', 'renameat', 'renameat2', 'unlink', 'unlinkat', 'fsync', 'fdatasync', 'sync_file_range'],
  ...['sendto', 'sendmsg', 'io_uring_enter'],
];

/** Longer than any page, frame or answer of the tests. */
const STRING_LIMIT = 70_000;

/** Arguments of an strace that writes to `path` what readTrace reads; the command to trace follows. */
export function straceArguments(path: string): string[] {
  return [
    ...['-f', '--seccomp-bpf', '-ttt', '-yy', '-xx', '-s', String(STRING_LIMIT), '-e', 'signal=none'],
    ...['-e', `trace=${TRACED.join(',')}`, '-o', path],
  ];
}

/** For what is traced: writes that a ring in shared memory takes are in no trace. */
export const TRACEABLE = { UV_USE_IO_URING: '0' } as const;

/** Whether a call waits for a file to be on the disk. */
export function isSyncOf({ name, target }: Call, path: string): boolean {
  return /^f(data)?sync$/.test(name) && target === path;
}

/** One call that succeeded. `began` and `ended` are places in the one order of all calls. */
export interface Call {
  readonly name: string;
  readonly began: number;
  readonly ended: number;
  /** Arguments as strace prints them. */
  readonly args: string;
  readonly result: number;
  /** The path or kind of the first descriptor, or of a new one. */
  readonly target: string;
  /** All bytes that were given. */
  readonly data: Buffer;
}

const LINE = /^(\d+) +[\d.]+ (.*)$/;
const CALL = /^(\w+)\((.*)\) += (-?\d+)(?:<((?:\\x[0-9a-f]{2})*)>)?/;
/** A descriptor as the first argument: of a file, whose path is in hex, or of a socket. */
const FIRST = /^\d+<(?:((?:\\x[0-9a-f]{2})+)|([A-Zv0-9-]+:\[[^\]]*\]))/;
const UNFINISHED = /^(.*) <unfinished \.\.\.>$/;
const RESUMED = /^<\.\.\. \w+ resumed>(.*)$/;
const HEX = /(?:\\x[0-9a-f]{2})+/g;

/** Reads what `strace -f -ttt -yy -xx` wrote. Calls of several threads may overlap. */
export async function readTrace(path: string): Promise<Call[]> {
  const calls: Call[] = [];
  const begun = new Map<string, { text: string; began: number }>();
  let place = 0;
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const [, thread, said] = LINE.exec(line) ?? [];
    if (thread === undefined || said === undefined) continue;
    place += 1;
    const unfinished = UNFINISHED.exec(said);
    if (unfinished !== null) {
      begun.set(thread, { text: unfinished[1] ?? '', began: place });
      continue;
    }
    const resumed = RESUMED.exec(said);
    const start = resumed === null ? undefined : begun.get(thread);
    const call = parse((start?.text ?? '') + (resumed?.[1] ?? said), start?.began ?? place, place);
    if (call !== null) calls.push(call);
  }
  return calls;
}

function parse(text: string, began: number, ended: number): Call | null {
  const [, name, args, result, opened] = CALL.exec(text) ?? [];
  if (name === undefined || args === undefined || Number(result) < 0) return null;
  const [, path, socket] = FIRST.exec(args) ?? [];
  const strings = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex]) => decode(hex ?? ''));
  const target = socket ?? decode((name === 'openat' ? opened : path) ?? '').toString();
  return { name, began, ended, args, result: Number(result), target, data: Buffer.concat(strings) };
}

function decode(text: string): Buffer {
  return Buffer.from((text.match(HEX) ?? []).join('').replaceAll('\\x', ''), 'hex');
}
