import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readDiscoveryOptions, rowNames } from '../../bench/discovery/options.ts';
import { svg, ticks } from '../../bench/discovery/plot.ts';
import { KNEE_MB, KNEE_MS, kneeOf, type Step, slowest } from '../../bench/discovery/steps.ts';
import { eachOf, median, quantile } from '../../bench/lib/figures.ts';
import { clientFrame, firstFrame } from '../../bench/lib/thin-socket.ts';

const step = (p99: number, memory = 100): Step => ({
  crowd: {
    clients: 1_000,
    signIn: { count: 1, p50: 1, p99 },
    page: { count: 1, p50: 1, p99: 2 },
    presence: { count: 1, p50: 1, p99: 3 },
    lag: 1,
  },
  server: { delay: 1, memory, cpu: 0.5 },
});

describe("the options of the discovery server's benchmark", () => {
  test('are five runs of every row unless told otherwise', () => {
    const all = { only: [], runs: 5, knee: false, instances: false, folder: undefined };
    assert.deepEqual(readDiscoveryOptions([]), all);
    assert.deepEqual(readDiscoveryOptions(['--only', 'page', '--only', 'ready', '--runs', '2']), {
      ...all,
      only: ['page', 'ready'],
      runs: 2,
    });
    assert.deepEqual(readDiscoveryOptions(['--knee', '--folder', 'x']), { ...all, knee: true, folder: 'x' });
    assert.equal(readDiscoveryOptions(['--help']), 'help');
  });

  test('are refused where they make no sense', () => {
    assert.throws(() => readDiscoveryOptions(['--only', 'speed']), /no row "speed"/);
    for (const runs of ['0', '1.5', 'x']) {
      assert.throws(() => readDiscoveryOptions(['--runs', runs]), /whole number/);
    }
    const [row] = rowNames;
    assert.throws(() => readDiscoveryOptions(['--knee', '--only', row]), /leave --only out/);
    assert.throws(() => readDiscoveryOptions(['--instances', '--only', row]), /leave --only out/);
    assert.throws(() => readDiscoveryOptions(['--knee', '--instances']), /one after the other/);
    assert.throws(() => readDiscoveryOptions(['--fast']), /fast/);
  });
});

describe('the figures', () => {
  test('are the least value that so large a share does not exceed', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    assert.equal(quantile(hundred, 0.99), 99);
    assert.equal(quantile(hundred, 0.5), 50);
    assert.equal(quantile(hundred, 1), 100);
    assert.equal(quantile([7], 0), 7);
    assert.equal(median([3, 1, 2]), 2);
    assert.throws(() => quantile([], 0.5), /no values/);
  });

  test('are of everything, never more at a time than asked for', async () => {
    let [now, most] = [0, 0];
    const seen: number[] = [];
    await eachOf([1, 2, 3, 4, 5], 2, async (one) => {
      now += 1;
      most = Math.max(most, now);
      await Promise.resolve();
      seen.push(one);
      now -= 1;
    });
    assert.deepEqual([seen, most], [[1, 2, 3, 4, 5], 2]);
  });
});

describe('the knee', () => {
  test('is where the slowest kind of request passes its bound, or the server takes too much memory', () => {
    assert.equal(slowest(step(17)), 17);
    assert.equal(kneeOf(step(KNEE_MS)), undefined);
    assert.match(kneeOf(step(KNEE_MS + 1)) ?? '', /250 ms/);
    assert.match(kneeOf(step(1, KNEE_MB + 1)) ?? '', /2048 MB/);
  });
});

describe('the plot', () => {
  test('has four to nine round steps on each axis', () => {
    assert.deepEqual(ticks(250), [0, 50, 100, 150, 200, 250]);
    assert.deepEqual(ticks(9_000), [0, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 8_000, 9_000]);
    assert.equal(ticks(1).at(-1), 1);
    for (const most of [0.3, 7, 12, 99, 1_001, 17_000]) {
      const steps = ticks(most);
      assert.ok(steps.length >= 4 && steps.length <= 11, `${most}: ${steps.length}`);
      assert.ok((steps.at(-1) ?? 0) >= most);
    }
  });

  test('is an SVG with every line named, readable in light and dark and without colours', () => {
    const plot = svg({
      title: 'Slow & slower',
      x: 'clients',
      y: 'ms',
      lines: [
        {
          name: 'page',
          points: [
            [1_000, 2],
            [2_000, 4],
          ],
        },
        {
          name: 'sign-in',
          points: [
            [1_000, 2],
            [2_000, 4],
          ],
        },
      ],
      bound: { y: 250, name: 'the end' },
    });
    assert.match(plot, /^<svg [^>]*role="img" aria-label="Slow &amp; slower">/);
    assert.match(plot, /prefers-color-scheme:dark/);
    assert.equal(plot.match(/<polyline /g)?.length, 2);
    assert.equal(new Set(plot.match(/stroke-dasharray="[^"]*"/g)).size, 2);
    const names = [...plot.matchAll(/y="([\d.]+)">(?:page|sign-in)</g)].map(([, y]) => Number(y));
    assert.ok(Math.abs((names[0] ?? 0) - (names[1] ?? 0)) >= 16, 'names do not lie on each other');
    assert.doesNotMatch(plot, /NaN|undefined|Infinity/);
  });

  test('leaves height for what is below the bound, whatever lies above it', () => {
    const points = [
      [1, 100],
      [2, 90_000],
    ] as const;
    const plot = svg({
      title: 't',
      x: 'x',
      y: 'y',
      lines: [{ name: 'l', points }],
      bound: { y: 250, name: 'b' },
    });
    const [, below = '', above = ''] = /points="[\d.]+,([\d.]+) [\d.]+,([\d.]+)"/.exec(plot) ?? [];
    assert.ok(Number(above) >= 40 && Number(below) - Number(above) > 100, `${below}, ${above}`);
  });
});

describe('the thin WebSocket client', () => {
  test('frames texts of every length as RFC 6455 has it', () => {
    for (const length of [0, 1, 125, 126, 65_535, 65_536]) {
      const payload = Buffer.alloc(length, 'x');
      const frame = clientFrame(1, payload);
      assert.equal(frame[0], 0x81);
      assert.equal((frame[1] ?? 0) & 0x80, 0x80, 'clients mask');
      const head = frame.length - length;
      assert.deepEqual(frame.subarray(head - 4, head), Buffer.alloc(4), 'with zeros');
      // A server's frame is the same without the mask.
      const served = Buffer.concat([frame.subarray(0, head - 4), payload]);
      served[1] = (served[1] ?? 0) & 0x7f;
      assert.deepEqual(firstFrame(served, 0), { opcode: 1, start: head - 4, end: served.length });
      assert.equal(firstFrame(served.subarray(0, served.length - 1), 0), undefined, 'not all of it is there');
    }
  });
});
