/**
 * Makes every bundle that ships: `node esbuild.mjs [--dev] [--only <name>]… [--out <folder>]`.
 * With --out: into that folder, and not where they ship from. Without --dev: minified, no source maps. With it: readable, with source maps beside the bundles.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build, transform } from 'esbuild';

const root = import.meta.dirname;

const { values } = parseArgs({
  options: {
    dev: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    out: { type: 'string' },
  },
});

/** The oldest Node that runs these: VS Code 1.110's. */
const node = { platform: 'node', target: 'node22' };

/** A dynamic import of this module stays an import, of its own bundle beside: what is seldom needed is loaded then. */
const apart = (module, ending = 'cjs') => ({
  name: `${module}-apart`,
  setup(build) {
    build.onResolve({ filter: new RegExp(`/${module}(\\.ts)?$`) }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: `./${module}.${ending}`, external: true } : undefined,
    );
  },
});

const serverEntry = {
  ...node,
  entry: 'discovery-server/src/main.ts',
  format: 'esm',
  // What was CommonJS in the bundle still asks for Node's own modules by require().
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
};

/**
 * What the server that ships with the extension never asks for, and would be half of it: character sets, since bodies
 * are read as bytes; types of files; forms; logs for a terminal.
 */
const withoutUnused = {
  name: 'without-unused',
  setup(build) {
    const replaced = [
      [/iconv-lite[/\\]encodings[/\\](tables[/\\].*\.json|(dbcs|sbcs)-data(-generated)?\.js)$/, () => '{}'],
      [/mime-db[/\\]db\.json$/, keepTypes],
      [/pino-pretty[/\\]index\.js$/, () => '{}'],
      [/[/\\]qs[/\\]lib[/\\]index\.js$/, () => '{}'],
    ];
    for (const [filter, contents] of replaced) {
      build.onLoad({ filter }, async ({ path }) => ({ contents: await contents(path), loader: 'json' }));
    }
  },
};

/** Of all types of files those that the server answers with. */
async function keepTypes(file) {
  const types = JSON.parse(await readFile(file, 'utf8'));
  const answered = ['application/json', 'text/html', 'text/plain'];
  return JSON.stringify(Object.fromEntries(answered.map((type) => [type, types[type]])));
}

/** Style sheets and markup stand in the scripts of pages as texts, which nothing else makes small. */
const smallTexts = {
  name: 'small-texts',
  setup(build) {
    if (values.dev) return;
    build.onLoad({ filter: /[/\\]styles([/\\][\w-]+)?\.ts$/ }, async ({ path: file }) => {
      const source = await readFile(file, 'utf8');
      const parts = source.split(/(?<=css`)([^`$\\]*)(?=`)/);
      const small = parts.map(async (part, index) => {
        if (index % 2 === 0) return part;
        const { code } = await transform(part, { loader: 'css', minify: true });
        return code.trim();
      });
      return { contents: (await Promise.all(small)).join(''), loader: 'ts' };
    });
    // No text of several lines there is anything but markup, where one space is as good as many.
    build.onLoad(
      { filter: /[/\\]webview[/\\]src[/\\](elements|views|card|emoji)[/\\][\w-]+\.ts$/ },
      async ({ path: file }) => ({
        contents: (await readFile(file, 'utf8')).replaceAll(/\n +/g, '\n'),
        loader: 'ts',
      }),
    );
  },
};

/** Tables of characters that the Markdown library brings along, of which browsers know a newer version. */
const withoutTables = {
  name: 'without-tables',
  setup(build) {
    build.onLoad({ filter: /[/\\]uc\.micro[/\\].*\.mjs$/ }, async ({ path: file }) => ({
      // That of punctuation is a part of greater patterns, in which browsers do not know it.
      contents: (await readFile(file, 'utf8')).replaceAll(/^const (S|Cf) = .*$/gm, 'const $1 = /\\p{$1}/u;'),
    }));
  },
};

/** What the Markdown library brings along and browsers know as well. */
const knownToBrowsers = {
  entities: './extension/webview/src/text/entities.ts',
  mdurl: './extension/webview/src/text/addresses.ts',
  'punycode.js': './extension/webview/src/text/hosts.ts',
};

const bundles = {
  extension: {
    ...node,
    entry: 'extension/src/extension.ts',
    outfile: 'extension/dist/extension.cjs',
    format: 'cjs',
    external: ['vscode'],
    plugins: [apart('session')],
  },
  session: {
    ...node,
    entry: 'extension/src/vscode/session.ts',
    outfile: 'extension/dist/session.cjs',
    format: 'cjs',
    external: ['vscode'],
    plugins: [apart('identity-file')],
  },
  'identity-file': {
    ...node,
    entry: 'extension/src/vscode/identity-file.ts',
    outfile: 'extension/dist/identity-file.cjs',
    format: 'cjs',
  },
  browser: {
    platform: 'browser',
    target: 'es2022',
    entry: 'extension/src/vscode/browser.ts',
    outfile: 'extension/dist/browser.cjs',
    format: 'cjs',
    external: ['vscode'],
  },
  peer: {
    ...node,
    entry: 'extension/src/peer/main.ts',
    outfile: 'extension/dist/peer.cjs',
    format: 'cjs',
    plugins: [apart('device-credentials')],
  },
  /** What makes certificates is half of the peer, which needs it once. */
  'device-credentials': {
    ...node,
    entry: 'protocol/src/device-credentials.ts',
    outfile: 'extension/dist/device-credentials.cjs',
    format: 'cjs',
  },
  webview: {
    platform: 'browser',
    target: 'es2022',
    entry: 'extension/webview/src/main.ts',
    outfile: 'extension/dist/webview.js',
    format: 'esm',
    plugins: [apart('highlight', 'js'), apart('emoji', 'js'), smallTexts, withoutTables],
    alias: knownToBrowsers,
    // A module is UTF-8 wherever it comes from; an escape is twice as long as what it stands for.
    charset: 'utf8',
    // Read by V8 each time that a chat is opened, and by nobody else: in a file beside.
    legalComments: 'linked',
  },
  highlight: {
    platform: 'browser',
    target: 'es2022',
    entry: 'extension/webview/src/code/highlight.ts',
    outfile: 'extension/dist/highlight.js',
    format: 'esm',
  },
  emoji: {
    platform: 'browser',
    target: 'es2022',
    entry: 'extension/webview/src/emoji/emoji.ts',
    outfile: 'extension/dist/emoji.js',
    format: 'esm',
  },
  card: {
    platform: 'browser',
    target: 'es2022',
    entry: 'extension/webview/src/card/main.ts',
    outfile: 'extension/dist/card.js',
    format: 'esm',
    plugins: [smallTexts],
  },
  'discovery-server': { ...serverEntry, outfile: 'discovery-server/dist/main.mjs' },
  /** The same, to be started from VS Code, where it is made small. */
  'server-here': {
    ...serverEntry,
    entry: 'discovery-server/src/main-here.ts',
    outfile: 'extension/dist/discovery-server.mjs',
    plugins: [withoutUnused],
    smallest: true,
  },
};

const chosen = Object.entries(bundles).filter(
  ([name]) => values.only === undefined || values.only.includes(name),
);
if (chosen.length === 0) {
  console.error(
    `There is no bundle "${values.only?.join(', ')}": the bundles are ${Object.keys(bundles).join(', ')}.`,
  );
  process.exit(1);
}

for (const [name, { entry, outfile, smallest = false, ...options }] of chosen) {
  const source = path.join(root, entry);
  if (!existsSync(source)) {
    console.log(`${name}: skipped, ${entry} does not exist`);
    continue;
  }
  const target =
    values.out === undefined ? path.join(root, outfile) : path.resolve(values.out, path.basename(outfile));
  await removeMaps(path.dirname(target), path.basename(target));
  const result = await tryBuild({
    ...options,
    absWorkingDir: root,
    entryPoints: [source],
    outfile: target,
    bundle: true,
    minifyWhitespace: !values.dev,
    minifySyntax: !values.dev,
    // Names stay readable in logs. To keep those of functions beside short identifiers takes megabytes.
    minifyIdentifiers: !values.dev && (smallest || options.platform === 'browser'),
    sourcemap: values.dev ? 'linked' : false,
    metafile: true,
    logLevel: 'warning',
  });
  if (!result) continue;
  for (const file of Object.keys(result.metafile.outputs).filter((output) => !output.endsWith('.map'))) {
    const { size } = await stat(path.resolve(root, file));
    console.log(`${file}  ${(size / 1000).toFixed(1)} kB`);
  }
}

/** esbuild prints its errors itself; the other bundles are made all the same. */
async function tryBuild(options) {
  try {
    return await build(options);
  } catch {
    process.exitCode = 1;
    return undefined;
  }
}

/** A map of an earlier --dev build describes another bundle. */
async function removeMaps(folder, name) {
  const stem = name.replace(/\.[cm]?js$/, '');
  const files = await readdir(folder).catch(() => []);
  const maps = files.filter((file) => file.startsWith(`${stem}.`) && file.endsWith('.map'));
  await Promise.all(maps.map((file) => rm(path.join(folder, file))));
}
