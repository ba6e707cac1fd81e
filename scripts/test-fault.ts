/**
 * `npm run test:fault`: peers in processes of their own, killed at every step and between, on a real disk; see test/fault.
 * With options only the seeded rounds, as many as one likes, and those of a seed again.
 */
import { parseArgs } from 'node:util';
import '../test/harness/cleanup.ts';
import { MissingPrerequisite, reasonOf } from './lib/prerequisite.ts';
import { keepTemporaryFilesTogether } from './lib/temporary-files.ts';
import { faultLayer } from './lib/test-layers.ts';
import { recap, totalsLine } from './lib/totals.ts';

const help = `npm run test:fault [-- options]

  --rounds N   only rounds of random faults, N of them; 200 unless told
  --seed S     only rounds, those of this seed; ten rounds share a seed, the next ten have S + 1
  --help       this text`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    seed: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

process.exitCode = await main();

async function main(): Promise<number> {
  const given = { P2P_CHAT_FAULT_ROUNDS: values.rounds, P2P_CHAT_FAULT_SEED: values.seed };
  const isWrong = Object.values(given).some((value) => value !== undefined && !/^\d{1,9}$/.test(value));
  if (values.help || isWrong || values.rounds === '0') {
    console.log(help);
    return values.help ? 0 : 1;
  }
  for (const [name, value] of Object.entries(given)) if (value !== undefined) process.env[name] = value;
  keepTemporaryFilesTogether();
  const isOnlyRounds = values.rounds !== undefined || values.seed !== undefined;
  try {
    const totals = await faultLayer(isOnlyRounds ? 'only' : 'with').run({});
    console.log(`${recap(totals)}\n${totalsLine(totals)}`);
    return totals.failures.length > 0 || totals.passed === 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof MissingPrerequisite)) throw error;
    console.error(reasonOf(error));
    return 1;
  }
}
