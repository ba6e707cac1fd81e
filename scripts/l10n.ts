/** `npm run l10n`: collects what is translatable in the extension's sources into extension/l10n/bundle.l10n.json. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundlePath, l10nBundle, places, translatableSources } from './lib/l10n-bundle.ts';
import { repositoryRoot } from './lib/node-runtime.ts';

const sources = await translatableSources();
const wrong = sources.flatMap(({ file, notCollected, notTranslatable }) =>
  places(file, [...notCollected, ...notTranslatable]),
);
for (const place of wrong) console.error(`not translatable: ${place}`);
if (wrong.length > 0) process.exitCode = 1;

const text = await l10nBundle(sources);
await mkdir(path.dirname(bundlePath), { recursive: true });
await writeFile(bundlePath, text);
console.log(`${path.relative(repositoryRoot, bundlePath)}: ${text.split('\n').length - 3} texts`);
