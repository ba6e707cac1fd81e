import { parseArgs } from 'node:util';
import { rows } from './rows.ts';
import { type Stores, stores } from './stores.ts';

export const help = `npm run bench [-- options]

Measures the peer against baselines of the same run, on a real disk, and prints what was wanted and what was reached.

  --only NAME   one row, and again for more: ${rows.map(({ name }) => name).join(', ')}
  --runs N      runs of each row, of which the median counts (5)
  --stores NAME for the rows of messages: free, which take no time, the most that any store could let the peer do; or log,
                which append to a file and sync it, the least that keeps a message (real)
  --profile     measures the rows of messages once more, and prints where the time of both ends goes
  --folder DIR  where the files are made and removed again (.vscode-test)
  --help        this text

docs/benchmarks.md says what each row is.`;

export interface BenchOptions {
  readonly only: readonly string[];
  readonly runs: number;
  readonly profile: boolean;
  readonly stores: Stores;
  readonly folder: string | undefined;
}

/** @throws {Error} that says which option is wrong */
export function readOptions(args: string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', multiple: true, default: [] },
      runs: { type: 'string', default: '5' },
      profile: { type: 'boolean', default: false },
      stores: { type: 'string', default: 'real' },
      folder: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const unknown = values.only.find((wanted) => !rows.some(({ name }) => name === wanted));
  if (unknown !== undefined) throw new Error(`There is no row "${unknown}".`);
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs is a whole number from 1.');
  const found = stores.safeParse(values.stores);
  if (!found.success) throw new Error(`--stores is one of ${stores.options.join(', ')}.`);
  const isReal = found.data === 'real';
  const ofPair = rows.flatMap(({ name, isOfPair }) => (isOfPair ? [name] : []));
  const other = values.only.find((wanted) => !isReal && !ofPair.includes(wanted));
  if (other !== undefined) throw new Error(`The row "${other}" measures stores: not with --stores.`);
  const only = !isReal && values.only.length === 0 ? ofPair : values.only;
  return { only, runs, profile: values.profile, stores: found.data, folder: values.folder };
}
