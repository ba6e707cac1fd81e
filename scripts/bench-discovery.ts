/** `npm run bench:discovery`: measures the discovery server against bare ones of the same run. See docs/benchmarks.md. */
import path from 'node:path';
import { findKnee } from '../bench/discovery/knee.ts';
import { measureInstances } from '../bench/discovery/instances.ts';
import { type DiscoveryBenchOptions, help, readDiscoveryOptions } from '../bench/discovery/options.ts';
import { discoveryRows, Place } from '../bench/discovery/rows.ts';
import { onDisk } from '../bench/lib/disk.ts';
import { table, type Result, type Sample } from '../bench/lib/table.ts';
import { cacheDirectory, repositoryRoot } from './lib/node-runtime.ts';

async function main(): Promise<void> {
  const options = readDiscoveryOptions(process.argv.slice(2));
  if (options === 'help') {
    console.log(help);
    return;
  }
  await onDisk(options.folder ?? cacheDirectory, async (folder) => {
    const place = await Place.make(folder);
    const capacity = path.join(repositoryRoot, 'docs', 'capacity');
    if (options.knee) await findKnee(place, capacity);
    else if (options.instances) await measureInstances(place, capacity);
    else await measureRows(place, options);
  });
}

async function measureRows(place: Place, { only, runs }: DiscoveryBenchOptions): Promise<void> {
  const results: Result[] = [];
  for (const row of discoveryRows.filter(({ name }) => only.length === 0 || only.includes(name))) {
    const samples: Sample[] = [];
    for (let run = 0; run < runs; run += 1) {
      const sample = await row.measure(place);
      samples.push(sample);
      const than = sample.baseline === null ? '' : `, ${(sample.measured / sample.baseline).toFixed(2)} ×`;
      const note = sample.note === undefined ? '' : ` (${sample.note})`;
      console.log(`${row.name}: ${sample.measured.toPrecision(4)} ${row.unit}${than}${note}`);
    }
    results.push({ row, samples });
  }
  console.log(`\n${table(results)}`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
