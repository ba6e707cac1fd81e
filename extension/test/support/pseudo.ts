import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { PageTranslations } from '../../src/page-translations.ts';
import type { L10n } from '../../src/vscode/l10n.ts';

const words = z.record(z.string(), z.string());

/** A language for tests: every text of it stands in brackets, so that whatever stands in none was not translated. */
export function pseudo(text: string): string {
  return `⟦${text}⟧`;
}

/** The words of a text that stand in no brackets. */
export function untranslated(text: string): string {
  let depth = 0;
  let outside = '';
  for (const character of text) {
    if (character === '⟦') depth += 1;
    else if (character === '⟧') depth -= 1;
    else if (depth === 0) outside += character;
  }
  return outside.match(/[\p{L}\p{N}']+/gu)?.join(' ') ?? '';
}

/** What a translator starts from, put into that language. */
export const pseudoTranslations: PageTranslations = readWords('../../l10n/bundle.l10n.json');

/** The manifest's words, by their keys. */
export const pseudoManifestWords: Readonly<Record<string, string>> = readWords('../../package.nls.json');

/** What `vscode.l10n` does in a VS Code of that language. */
export const pseudoL10n: L10n = {
  t: (message, ...args) =>
    (pseudoTranslations[message] ?? message).replace(/\{(\d+)\}/g, (placeholder, index) =>
      String(args[Number(index)] ?? placeholder),
    ),
};

function readWords(file: string): Record<string, string> {
  const text = readFileSync(new URL(file, import.meta.url), 'utf8');
  return Object.fromEntries(
    Object.entries(words.parse(JSON.parse(text))).map(([key, value]) => [key, pseudo(value)]),
  );
}
