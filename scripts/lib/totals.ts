/** How many tests passed and were skipped, and which failed. */
import * as z from 'zod';

export const totalsSchema = z.object({
  passed: z.number(),
  skipped: z.number(),
  /** One for each test that failed: its file and name, and on the next lines why. */
  failures: z.array(z.string()),
});
export type Totals = z.infer<typeof totalsSchema>;

export const noTests: Totals = { passed: 0, skipped: 0, failures: [] };

/** The totals of something that failed as a whole and that no test stands for. */
export function failed(what: string): Totals {
  return { ...noTests, failures: [what] };
}

export function addTotals(a: Totals, b: Totals): Totals {
  return {
    passed: a.passed + b.passed,
    skipped: a.skipped + b.skipped,
    failures: [...a.failures, ...b.failures],
  };
}

/** The last line of every test command. */
export function totalsLine({ passed, failures, skipped }: Totals): string {
  return `${passed} passed, ${failures.length} failed, ${skipped} skipped`;
}

/** Lines of a failure that say enough to go on with; all of it stands where the test ran. */
const RECAP_LINES = 12;

/** Every failure again in short, to be read at the end of a long log. */
export function recap({ failures }: Totals): string {
  return failures.map((failure) => `\n✖ ${failure.split('\n').slice(0, RECAP_LINES).join('\n')}\n`).join('');
}
