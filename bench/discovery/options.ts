import { parseArgs } from 'node:util';

/** What can be measured of the server, by name; rows.ts says how. */
export const rowNames = [
  'register',
  'page',
  'sign-in',
  'presence',
  'memory',
  'ready',
  'stall',
  'relay',
  'relay-trip',
] as const;
export type RowName = (typeof rowNames)[number];

export const help = `npm run bench:discovery [-- options]

Measures the discovery server against bare Express and bare ws of the same run, on a real disk, and prints what was
wanted and what was reached.

  --only NAME   one row, and again for more: ${rowNames.join(', ')}
  --runs N      runs of each row, of which the median counts (5)
  --knee        instead: adds clients that keep the server busy until it is too slow, and writes how it went to
                docs/capacity
  --instances   instead: the same with one, two and four servers on one Redis
  --folder DIR  where the files are made and removed again (.vscode-test)
  --help        this text

docs/benchmarks.md says what each row is, docs/capacity.md what came of it.`;

/** What `npm run bench:discovery` was asked for. */
export interface DiscoveryBenchOptions {
  readonly only: readonly RowName[];
  readonly runs: number;
  readonly knee: boolean;
  readonly instances: boolean;
  readonly folder: string | undefined;
}

/** @throws {Error} that says which option is wrong */
export function readDiscoveryOptions(args: string[]): DiscoveryBenchOptions | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', multiple: true, default: [] },
      runs: { type: 'string', default: '5' },
      knee: { type: 'boolean', default: false },
      instances: { type: 'boolean', default: false },
      folder: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const only = values.only.map((wanted) => {
    const name = rowNames.find((row) => row === wanted);
    if (name === undefined) throw new Error(`There is no row "${wanted}".`);
    return name;
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs is a whole number from 1.');
  if ((values.knee || values.instances) && only.length > 0) {
    throw new Error('--knee and --instances measure no rows: leave --only out.');
  }
  if (values.knee && values.instances) throw new Error('--knee or --instances: one after the other.');
  return { only, runs, knee: values.knee, instances: values.instances, folder: values.folder };
}
