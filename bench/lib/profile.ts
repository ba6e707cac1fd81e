import { Session } from 'node:inspector/promises';
import * as z from 'zod';

/** Where a thread's time went: milliseconds by part. Time in which it had nothing to do is not in it. */
export const shares = z.record(z.string(), z.number());
export type Shares = z.output<typeof shares>;

const INTERVAL_US = 200;

/** SQLite's calls are Node's own functions, without a file; what waits for the disk is in the `exec` of a COMMIT. */
const SQLITE: Readonly<Record<string, string>> = {
  exec: 'SQLite: BEGIN and COMMIT, with the wait for the disk',
  run: 'SQLite: rows written',
  get: 'SQLite: rows read',
  all: 'SQLite: rows read',
};

/** Files by part, the first that fits. */
const PARTS: readonly (readonly [RegExp, string])[] = [
  [/\/node_modules\/zod\//, 'schemas (zod)'],
  [/\/node_modules\/ws\//, 'WebSocket (ws)'],
  [/^node:/, "Node's own: TLS, sockets, streams, timers"],
  [/\/protocol\/src\//, 'protocol, with JSON.parse'],
  [/\/extension\/src\/storage\//, 'storage, with JSON.stringify of what is stored'],
  [/\/extension\/src\/net\//, 'channel, with JSON.stringify of what is sent'],
  [/\/extension\/src\/core\//, 'core'],
  [/\/extension\/src\//, 'the rest of the peer'],
  [/\/bench\//, 'the benchmark itself'],
];

function partOf({ functionName, url }: { functionName: string; url: string }): string {
  if (url === '') {
    if (functionName === '(garbage collector)') return 'garbage collection';
    if (functionName === '(program)')
      return "outside JavaScript: Node's loop and the system, some of it waiting";
    return SQLITE[functionName] ?? "Node's own: TLS, sockets, streams, timers";
  }
  return PARTS.find(([pattern]) => pattern.test(url))?.[1] ?? 'other packages';
}

/** Samples what this thread does, see node:inspector. */
export class Profile {
  readonly #session = new Session();

  async begin(): Promise<void> {
    this.#session.connect();
    await this.#session.post('Profiler.enable');
    await this.#session.post('Profiler.setSamplingInterval', { interval: INTERVAL_US });
    await this.#session.post('Profiler.start');
  }

  async end(): Promise<Shares> {
    const { profile } = await this.#session.post('Profiler.stop');
    this.#session.disconnect();
    const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
    const found: Record<string, number> = {};
    for (const [index, id] of (profile.samples ?? []).entries()) {
      const frame = frames.get(id);
      if (frame === undefined || frame.functionName === '(idle)') continue;
      const part = partOf(frame);
      found[part] = (found[part] ?? 0) + (profile.timeDeltas?.[index] ?? 0) / 1_000;
    }
    return found;
  }
}

/** One line for each part, the largest first. @param count what the time is divided by */
export function lines(all: Shares, count: number): string[] {
  const sum = Object.values(all).reduce((total, each) => total + each, 0);
  const µs = (value: number): string => ((value * 1_000) / count).toFixed(1).padStart(6);
  return [
    `${µs(sum)}  in all`,
    ...Object.entries(all)
      .sort(([, one], [, other]) => other - one)
      .map(([part, value]) => `${µs(value)}  ${part}`),
  ];
}
