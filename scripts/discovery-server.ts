/** `npm run discovery-server -- <options>`: the bundled discovery server, made anew when its sources are newer. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { isStale, makeBundles } from './lib/bundles.ts';
import { repositoryRoot } from './lib/node-runtime.ts';

const bundle = 'discovery-server/dist/main.mjs';

const stale = await isStale(
  bundle,
  'discovery-server/src',
  'protocol/src',
  'esbuild.mjs',
  'package-lock.json',
);
if (stale && !(await makeBundles('--only', 'discovery-server'))) process.exit(1);

// In this very process: options, signals and the exit code are its own.
await import(pathToFileURL(path.join(repositoryRoot, bundle)).href);
