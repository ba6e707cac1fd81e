/** How many tests passed, failed and were skipped. */
import * as z from 'zod';

export const totalsSchema = z.object({ passed: z.number(), failed: z.number(), skipped: z.number() });
export type Totals = z.infer<typeof totalsSchema>;

export const noTests: Totals = { passed: 0, failed: 0, skipped: 0 };

export function addTotals(a: Totals, b: Totals): Totals {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/** The last line of every test command. */
export function totalsLine({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
