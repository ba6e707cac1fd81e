import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import { freeBytesIn, hasGlibc, MEASURABLE, memoryAnswer, PAGE } from './attack/process-memory.ts';

const run = promisify(execFile);

const MEBIBYTE = 2 ** 20;

const skip = hasGlibc ? false : 'elsewhere than in glibc the resident set is all that can be told';

/** Runs a script that measures itself as often as it likes, as what is attacked does; gives what it found. */
async function measured(script: string): Promise<z.infer<typeof memoryAnswer>[]> {
  const file = pathToFileURL(path.join(import.meta.dirname, 'attack', 'process-memory.ts')).href;
  const whole = `import { memoryInUse } from '${file}';
    import { createSecureContext } from 'node:tls';
    const found = [];
    const look = async () => found.push(await memoryInUse());
    await look();
    ${script}
    console.log(JSON.stringify(found));`;
  const args = [...MEASURABLE.execArgv, '--input-type=module', '--eval', whole];
  const { stdout } = await run(process.execPath, args, { env: { ...process.env, ...MEASURABLE.env } });
  return z.array(memoryAnswer).parse(JSON.parse(stdout));
}

/** How much more is in use at the second of two looks, in MiB. */
function growth([first, ...others]: readonly z.infer<typeof memoryAnswer>[]): {
  heap: number;
  process: number;
} {
  const last = others.at(-1);
  assert.ok(first !== undefined && last !== undefined);
  return { heap: (last.heap - first.heap) / MEBIBYTE, process: (last.process - first.process) / MEBIBYTE };
}

describe('memory in use', () => {
  test('holds what no JavaScript knows of', { skip }, async () => {
    const kept = growth(
      await measured(
        'globalThis.kept = Array.from({ length: 1_000 }, () => createSecureContext()); await look();',
      ),
    );
    assert.ok(kept.heap < 1, `${kept.heap} MiB`);
    assert.ok(kept.process > 10, `${kept.process} MiB`);
  });

  test('does not hold what is free again below something that lasts', { skip }, async () => {
    const { process: kept } = growth(
      await measured(`let some = Array.from({ length: 1_000 }, () => createSecureContext());
        globalThis.kept = createSecureContext();
        some = undefined;
        await look();`),
    );
    assert.ok(kept < 2, `${kept} MiB`);
  });

  test('is no less for pieces that are free and that nobody ever wrote to', { skip }, async () => {
    const { process: kept } = growth(
      await measured(`let some = Array.from({ length: 5_000 }, () => Buffer.allocUnsafeSlow(8_000));
        globalThis.kept = createSecureContext();
        some = undefined;
        await look();`),
    );
    assert.ok(kept > -2 && kept < 2, `${kept} MiB`);
  });

  test('does not hold the empty pages of a collection that came before', { skip }, async () => {
    const { process: kept } = growth(
      await measured(`const depth = 100_000;
        JSON.parse('['.repeat(depth) + ']'.repeat(depth));
        await look();`),
    );
    assert.ok(kept < 2, `${kept} MiB`);
  });
});

describe("the free pieces of glibc's heap", () => {
  /** Pieces, each with its size and whether the one before is in use. */
  const heap = (...pieces: readonly (readonly [size: number, isUsedBefore: boolean])[]): DataView => {
    const bytes = pieces.map(([size, isUsedBefore]) => {
      const piece = Buffer.alloc(Math.max(size, 16));
      piece.writeBigUInt64LE(BigInt(size + (isUsedBefore ? 1 : 0)), 8);
      return piece;
    });
    const whole = new Uint8Array(Buffer.concat(bytes));
    return new DataView(whole.buffer);
  };
  const all = (): boolean => true;

  test('are those of which the next one says so', () => {
    assert.equal(freeBytesIn(heap([32, true], [48, true], [64, false], [4096, true]), all), 48);
    assert.equal(freeBytesIn(heap([32, true], [64, true], [4096, true]), all), 0);
  });

  test('are no more than the process has of them', () => {
    const pieces = heap([PAGE - 32, true], [3 * PAGE, true], [64, false], [4096, true]);
    const owned = (...pages: number[]) => freeBytesIn(pieces, (page) => pages.includes(page));
    assert.equal(freeBytesIn(pieces, all), 3 * PAGE);
    assert.equal(owned(0, 3), 32 + (PAGE - 32));
    assert.equal(owned(1), PAGE);
    assert.equal(owned(), 0);
  });

  test('cannot be told where there are no such pieces', () => {
    assert.equal(freeBytesIn(heap([32, true], [0, true]), all), undefined);
    assert.equal(
      freeBytesIn(new DataView(new Uint8Array(heap([64, true]).buffer.slice(0, 48)).buffer), all),
      undefined,
    );
  });
});
