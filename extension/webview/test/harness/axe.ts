import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import * as z from 'zod';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const found = z.array(z.object({ id: z.string(), help: z.string(), nodes: z.array(z.unknown()) }));

/** What axe finds wrong in the page, in all its shadow roots; `except` are rules that the caller checks in its own way. */
export async function violations(page: Page, except: readonly string[] = []): Promise<string[]> {
  // As a script of the page the Content Security Policy would not let it in.
  await page.evaluate(source);
  const result: unknown = await page.evaluate('axe.run(document).then(({ violations }) => violations)');
  const wrong = found.parse(result).filter(({ id }) => !except.includes(id));
  return wrong.map(({ id, help, nodes }) => `${id}: ${help} ${JSON.stringify(nodes)}`);
}
