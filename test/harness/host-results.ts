/** What host tests report, as the extension host writes it and as the runner reads it. */
import * as z from 'zod';
import type { Totals } from '../../scripts/lib/totals.ts';

export const hostResults = z.object({
  passed: z.number(),
  skipped: z.number(),
  failures: z.array(z.object({ title: z.string(), message: z.string() })),
  /** Every test that ran, in order, for people to read. */
  lines: z.array(z.string()),
});

export type HostResults = z.infer<typeof hostResults>;

/** The results as the totals of a run; `where` names it beside each failure. */
export function hostTotals(where: string, { passed, skipped, failures }: HostResults): Totals {
  return {
    passed,
    skipped,
    failures: failures.map(({ title, message }) => `${where}: ${title}\n    ${message}`),
  };
}

/** Names the file for the results, in the extension host's environment. */
export const resultFileVariable = 'P2P_CHAT_TEST_RESULT';
/** Names the version of VS Code that is expected, in the extension host's environment. */
export const versionVariable = 'P2P_CHAT_TEST_VSCODE';
/** Names the discovery server of the scenario, in the extension host's environment. */
export const discoveryVariable = 'P2P_CHAT_TEST_DISCOVERY';
