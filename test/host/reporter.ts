/** A mocha reporter that counts and keeps what a person wants to know, and writes it to a file at the end. */
import { writeFileSync } from 'node:fs';
import type { Runner, Test } from 'mocha';
import { resultFileVariable, type HostResults } from '../harness/host-results.ts';

/** Follows a run; the returned function tells what was seen so far. */
export function collect(runner: Runner): () => HostResults {
  let passed = 0;
  let skipped = 0;
  const failures: { title: string; message: string }[] = [];
  const lines: string[] = [];
  runner.on('pass', (test: Test) => {
    passed += 1;
    lines.push(`✔ ${test.fullTitle()} (${test.duration ?? 0} ms)`);
  });
  runner.on('pending', (test: Test) => {
    skipped += 1;
    lines.push(`﹣ ${test.fullTitle()}`);
  });
  runner.on('fail', (test: Test, error: unknown) => {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    failures.push({ title: test.fullTitle(), message });
    lines.push(`✖ ${test.fullTitle()}`);
  });
  return () => ({ passed, skipped, failures, lines });
}

export function writeResults(results: HostResults): void {
  const file = process.env[resultFileVariable];
  if (file !== undefined && file !== '') writeFileSync(file, JSON.stringify(results));
}

/** For runners that make the mocha themselves, as @vscode/test-cli does. */
export default function fileReporter(runner: Runner): void {
  const results = collect(runner);
  runner.once('end', () => {
    const seen = results();
    for (const line of seen.lines) console.log(line);
    for (const failure of seen.failures) console.log(`\n${failure.title}\n${failure.message}`);
    writeResults(seen);
  });
}
