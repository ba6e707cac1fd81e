import { median } from './figures.ts';

/** What one run of a row found. */
export interface Sample {
  readonly measured: number;
  /** What it is held against, measured right before or after; null for a fixed limit. */
  readonly baseline: number | null;
  /** What may explain it. */
  readonly note?: string;
}

/** One figure of a table. */
export interface Figure {
  readonly title: string;
  readonly unit: 'per second' | 'ms' | 'MB' | 'KB';
  readonly baseline: string;
  /** The measured value is to be at least, or at most, so many times the baseline; or just so much. */
  readonly target: { readonly bound: 'at least' | 'at most'; readonly factor: number };
}

/** A figure and what was found of it. */
export interface Result {
  readonly row: Figure;
  readonly samples: readonly Sample[];
}

const HEAD = ['what', 'measured', 'baseline', 'ratio', 'target', 'reached'] as const;

/** The table, in Markdown, of medians. */
export function table(results: readonly Result[]): string {
  const lines = [HEAD, HEAD.map(() => '---'), ...results.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`)
    .join('\n');
}

/** Whether the median reaches the target. */
export function isReached({ row: { target }, samples }: Result): boolean {
  const value = median(samples.map(({ measured, baseline }) => measured / (baseline ?? 1)));
  return target.bound === 'at least' ? value >= target.factor : value <= target.factor;
}

function cells(result: Result): string[] {
  const { row, samples } = result;
  const { unit, target } = row;
  const measured = median(samples.map((sample) => sample.measured));
  const baselines = samples.flatMap(({ baseline }) => baseline ?? []);
  const bound = `${target.bound} ${target.factor.toLocaleString('en')}`;
  const [baseline, ratio, wanted] =
    baselines.length === 0
      ? ['', '', `${bound} ${unit}`]
      : [
          `${shown(median(baselines))} ${unit} (${row.baseline})`,
          median(samples.map((sample) => sample.measured / (sample.baseline ?? 1))).toFixed(2),
          `${bound} ×`,
        ];
  return [row.title, `${shown(measured)} ${unit}`, baseline, ratio, wanted, isReached(result) ? 'yes' : 'no'];
}

function shown(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}
