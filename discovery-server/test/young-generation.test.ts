import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Bytes that V8 has for what is young while a process keeps some 40 MB of what it makes: the median, since pages that a
 * collection has just left count until they are given back.
 */
async function youngBytes(first: string): Promise<number> {
  const script = `
    ${first}
    const { getHeapSpaceStatistics } = await import('node:v8');
    const young = () =>
      getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size;
    const kept = [];
    const sizes = [];
    for (let n = 0; n < 500_000; n += 1) {
      kept.push({ n, text: String(n) });
      if (n % 10_000 === 0) sizes.push(young());
    }
    sizes.sort((one, other) => one - other);
    console.log(sizes[sizes.length / 2], kept.length);
  `;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script]);
  return Number.parseInt(stdout, 10);
}

describe('small collections', () => {
  test('are those of a process that asks for them, however much it keeps', async () => {
    const module = fileURLToPath(new URL('../src/young-generation.ts', import.meta.url));
    const asks = `(await import(${JSON.stringify(module)})).keepCollectionsSmall();`;
    const [small, usual] = [await youngBytes(asks), await youngBytes('')];
    assert.ok(small <= 4 * 1024 * 1024, `${small} bytes`);
    assert.ok(usual >= 2 * small, `${usual} bytes without, ${small} with`);
  });
});
