/**
 * A reporter for `node --test`: one line for each file (each test with P2P_CHAT_TEST_VERBOSE), every failure in full, and
 * the totals as JSON in the file that P2P_CHAT_TEST_TOTALS names. Suites are not counted, nor are the entries that stand
 * for a whole file.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { inspect } from 'node:util';
import type { TestEvent } from 'node:test/reporters';
import type { Totals } from './totals.ts';

type Outcome = Extract<TestEvent, { type: 'test:pass' | 'test:fail' }>;

const verbose = (process.env['P2P_CHAT_TEST_VERBOSE'] ?? '') !== '';

interface FileTotals {
  passed: number;
  failed: number;
  skipped: number;
  duration: number;
}

export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string, void> {
  const files = new Map<string, FileTotals>();
  const failures: string[] = [];
  // A test is of the file of what it stands in: Node names the one that called `it`, which may be a harness.
  let inside: Outcome[] = [];
  for await (const event of source) {
    if (event.type === 'test:pass' || event.type === 'test:fail') {
      inside.push(event);
      if (event.data.nesting > 0) continue;
      yield* inside.flatMap((each) => count(each, event.data.file, files, failures));
      inside = [];
    } else if (event.type === 'test:stdout' || event.type === 'test:stderr') {
      yield event.data.message;
    } else if (event.type === 'test:diagnostic' && verbose && event.data.nesting > 0) {
      yield `${indent(event.data.nesting)}ℹ ${event.data.message}\n`;
    }
  }
  // What stands in nothing that ended.
  yield* inside.flatMap((each) => count(each, each.data.file, files, failures));
  if (!verbose) {
    for (const [file, totals] of files) yield `${mark(totals)} ${file}: ${summary(totals)}\n`;
  }
  for (const failure of failures) yield `\n✖ ${failure}\n`;
  writeTotals(files, failures);
}

/** Adds one test to the totals of the file that it is of; returns the lines to print for it. */
function count(
  event: Outcome,
  of: string | undefined,
  files: Map<string, FileTotals>,
  failures: string[],
): string[] {
  const { data } = event;
  const file = of === undefined ? 'unknown file' : path.relative(process.cwd(), of);
  const failed = event.type === 'test:fail';
  const wholeFile = data.nesting === 0 && data.name.endsWith('.test.ts') && isPathOf(data.name, file);
  const suite = data.details.type === 'suite';
  const totals = files.get(file) ?? { passed: 0, failed: 0, skipped: 0, duration: 0 };
  if (data.nesting === 0) totals.duration += data.details.duration_ms;
  const pending = data.skip !== undefined || data.todo !== undefined;
  if (failed && !pending && !causedBySubtests(event.data.details.error)) {
    // A suite or file that fails for itself (a hook, a syntax error) counts: nothing else would tell of it.
    totals.failed += 1;
    failures.push(`${file}: ${data.name}\n${describeFailure(event.data.details.error)}`);
  } else if (!suite && !wholeFile) {
    if (pending) totals.skipped += 1;
    else if (!failed) totals.passed += 1;
  }
  if (!wholeFile || totals.failed > 0) files.set(file, totals);
  if (!verbose || wholeFile) return [];
  const sign = pending ? '﹣' : failed ? '✖' : '✔';
  const reason = typeof data.skip === 'string' ? ` # ${data.skip}` : '';
  return [
    `${indent(data.nesting)}${sign} ${data.name} (${Math.round(data.details.duration_ms)} ms)${reason}\n`,
  ];
}

function isPathOf(name: string, file: string): boolean {
  return path.relative(process.cwd(), path.resolve(name)) === file;
}

function causedBySubtests(error: Error): boolean {
  return 'failureType' in error && error.failureType === 'subtestsFailed';
}

/** The error itself, out of node:test's wrapping. */
function describeFailure(error: Error): string {
  const cause = error.cause instanceof Error ? error.cause : error;
  return inspect(cause, { depth: 4 })
    .split('\n')
    .filter((line) => !/^\s+at .*\(?node:internal\//.test(line))
    .map((line) => `    ${line}`)
    .join('\n');
}

function indent(nesting: number): string {
  return '  '.repeat(nesting + 1);
}

function mark(totals: FileTotals): string {
  return totals.failed > 0 ? '✖' : '✔';
}

function summary({ passed, failed, skipped, duration }: FileTotals): string {
  const parts = [`${passed} passed`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (skipped > 0) parts.push(`${skipped} skipped`);
  return `${parts.join(', ')} (${Math.round(duration)} ms)`;
}

function writeTotals(files: ReadonlyMap<string, FileTotals>, failures: string[]): void {
  const target = process.env['P2P_CHAT_TEST_TOTALS'];
  if (target === undefined || target === '') return;
  const totals: Totals = { passed: 0, skipped: 0, failures };
  for (const file of files.values()) {
    totals.passed += file.passed;
    totals.skipped += file.skipped;
  }
  writeFileSync(target, JSON.stringify(totals));
}
