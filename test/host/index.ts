/** Runs host tests inside an extension host: VS Code calls `run()` of the bundle that is made around this. */
import { collect, writeResults } from './reporter.ts';

export interface HostTestFile {
  readonly name: string;
  /** Evaluates the file, which defines its tests. */
  readonly load: () => void;
}

const slowStart = 60_000;

/** Rejects when a test failed, as VS Code expects it. */
export async function runHostTests(files: readonly HostTestFile[]): Promise<void> {
  const { default: Mocha } = await import('mocha');
  const mocha = new Mocha({ ui: 'bdd', timeout: slowStart, ...grep() });
  for (const { name, load } of files) {
    mocha.suite.emit('pre-require', globalThis, name, mocha);
    load();
    mocha.suite.emit('post-require', globalThis, name, mocha);
  }
  const results = await new Promise<ReturnType<typeof collect>>((resolve) => {
    const runner = mocha.run(() => resolve(collected));
    const collected = collect(runner);
  });
  const seen = results();
  writeResults(seen);
  if (seen.failures.length > 0) throw new Error(`${seen.failures.length} host tests failed`);
}

function grep(): { grep?: string } {
  const pattern = process.env['P2P_CHAT_TEST_FILTER'];
  return pattern === undefined || pattern === '' ? {} : { grep: pattern };
}
