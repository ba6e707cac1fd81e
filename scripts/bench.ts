/** `npm run bench`: measures the peer against baselines of the same run. See docs/benchmarks.md. */
import path from 'node:path';
import { pino } from 'pino';
import { onDisk } from '../bench/lib/disk.ts';
import { type BenchOptions, help, readOptions } from '../bench/lib/options.ts';
import { rows, Stage } from '../bench/lib/rows.ts';
import { table, type Result, type Sample } from '../bench/lib/table.ts';
import { startDiscoveryServer } from '../discovery-server/src/server.ts';
import { cacheDirectory } from './lib/node-runtime.ts';

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    console.log(help);
    return;
  }
  await onDisk(options.folder ?? cacheDirectory, (folder) => measure(folder, options));
}

async function measure(folder: string, { only, runs, profile, stores }: BenchOptions): Promise<void> {
  const server = await startDiscoveryServer({
    host: '127.0.0.1',
    port: 0,
    dataDir: path.join(folder, 'discovery'),
    logger: pino({ level: 'silent' }),
  });
  const stage = new Stage({ folder, server: `http://127.0.0.1:${server.address.port}`, stores });
  const results: Result[] = [];
  try {
    for (const row of rows.filter(({ name }) => only.length === 0 || only.includes(name))) {
      const measureOnce = await row.prepare(stage);
      const samples: Sample[] = [];
      for (let run = 0; run < runs; run += 1) {
        const sample = await measureOnce();
        samples.push(sample);
        if (sample.note !== undefined) console.log(`${row.name}: ${sample.note}`);
      }
      results.push({ row, samples });
      console.log(
        `${row.name}: ${samples.map(({ measured }) => measured.toPrecision(3)).join(', ')} ${row.unit}`,
      );
      if (profile && row.isOfPair) {
        const pair = await stage.pair();
        for (const line of await pair.profiled(measureOnce)) console.log(`${row.name}: ${line}`);
      }
    }
  } finally {
    await stage.stop();
    await server.stop();
  }
  console.log(`\n${table(results)}`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
