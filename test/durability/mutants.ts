import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** How the code is made worse: one expression of one module is another. */
interface Mutant {
  readonly file: string;
  readonly found: string;
  readonly put: string;
}

const extension = path.join(import.meta.dirname, '..', '..', 'extension', 'src');

export const mutants = {
  'synchronous=OFF': {
    file: 'storage/database.ts',
    found: 'PRAGMA synchronous=FULL',
    put: 'PRAGMA synchronous=OFF',
  },
  'a receipt before the commit': {
    file: 'core/inbox.ts',
    found: 'this.#history.receive(',
    put: '((...args) => (this.#clock.soon(() => void this.#history.receive(...args)), []))(',
  },
  'an answer before the commit': {
    file: 'core/writer.ts',
    found: 'this.#around.outboxes.add(folder, messages)',
    put: 'this.#around.clock.soon(() => this.#around.outboxes.add(folder, messages))',
  },
} as const satisfies Record<string, Mutant>;
export type MutantName = keyof typeof mutants;

/** In whose environment the name of a mutant is. */
export const MUTANT = 'P2P_CHAT_TEST_MUTANT';

/** How often the expression that a mutant replaces is in the code: once, or the mutant says nothing. */
export function occurrences(name: MutantName): number {
  const { file, found } = mutants[name];
  return readFileSync(path.join(extension, file), 'utf8').split(found).length - 1;
}

function isMutant(name: string): name is MutantName {
  return name in mutants;
}

/** Has every module that is loaded from now on changed as the environment says. To be given to Node by `--import`. */
function mutate(): void {
  const name = process.env[MUTANT] ?? '';
  if (!isMutant(name)) return;
  const { file, found, put } = mutants[name];
  const mutated = pathToFileURL(path.join(extension, file)).href;
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context);
      if (url !== mutated) return loaded;
      const source = readFileSync(fileURLToPath(url), 'utf8');
      return { ...loaded, source: source.replace(found, () => put) };
    },
  });
}

mutate();
