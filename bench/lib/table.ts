import { median } from './figures.ts';
import type { Row, Sample } from './rows.ts';

export interface Result {
  readonly row: Row;
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
  const bound = `${target.bound} ${target.factor}`;
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
