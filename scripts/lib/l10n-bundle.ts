/** `extension/l10n/bundle.l10n.json`: every text of the extension that can be translated, out of its sources. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { format } from 'prettier';
import { repositoryRoot } from './node-runtime.ts';
import { translatable, type Finding, type Translatable } from './translatable.ts';

const extension = path.join(repositoryRoot, 'extension');

/** What a translator starts from, and where VS Code looks for `bundle.l10n.<language>.json`. */
export const bundlePath: string = path.join(extension, 'l10n', 'bundle.l10n.json');

/** Where texts for people are written: the part of the host that has `vscode.l10n`, the peer, and the pages. */
const rooms = [
  'src/extension.ts',
  'src/vscode',
  ...['core', 'net', 'peer', 'storage', 'windows'].map((room) => `src/${room}`),
  'webview/src',
];

export interface TranslatableSource extends Translatable {
  /** From the root of the repository, with "/". */
  readonly file: string;
}

/** Looks through every source that has texts for people. */
export async function translatableSources(): Promise<TranslatableSource[]> {
  const files = (await Promise.all(rooms.map(sourcesIn))).flat().toSorted();
  return Promise.all(
    files.map(async (file) => ({
      file: path.relative(repositoryRoot, file).replaceAll('\\', '/'),
      ...translatable(file, await readFile(file, 'utf8')),
    })),
  );
}

/** The text of the bundle: in the order of the alphabet, each text its own key. */
export async function l10nBundle(sources: readonly Translatable[]): Promise<string> {
  const texts = [...new Set(sources.flatMap((source) => source.texts))].toSorted();
  return format(JSON.stringify(Object.fromEntries(texts.map((text) => [text, text]))), { parser: 'json' });
}

/** Where somebody has to look, as an editor links it. */
export function places(file: string, findings: readonly Finding[]): string[] {
  return findings.map(({ line, text }) => `${file}:${line} ${text}`);
}

async function sourcesIn(room: string): Promise<string[]> {
  const place = path.join(extension, room);
  if (room.endsWith('.ts')) return [place];
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => path.join(entry.parentPath, entry.name));
}
