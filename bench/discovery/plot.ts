/** One line of a plot. */
export interface Line {
  readonly name: string;
  /** In the order of x; y above zero. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** What a plot shows. */
export interface Plot {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Line[];
  /** A height that is not to be passed, and what it is. */
  readonly bound: { readonly y: number; readonly name: string };
}

const [WIDTH, HEIGHT] = [760, 400];
const AREA = { left: 64, right: 610, top: 48, bottom: 340 } as const;

/** Readable on white and on black, and by their dashes without colours. */
const STROKES = [
  { color: '#2f81d6', dash: '' },
  { color: '#c9510c', dash: '8 4' },
  { color: '#2da44e', dash: '2 4' },
  { color: '#a371d6', dash: '10 3 2 3' },
] as const;

/** Steps of an axis: 1, 2 or 5 times a power of ten, four to nine of them up to `most`, which is above zero. */
export function ticks(most: number): number[] {
  const power = 10 ** Math.floor(Math.log10(most / 4));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => most / each <= 9) ?? most;
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, count) =>
    Number((count * step).toPrecision(12)),
  );
}

/**
 * A plot as SVG, for light and dark. Whatever is far above the bound ends at the upper edge: how far is for a table, and would
 * leave no height for the rest.
 */
export function svg({ title, x, y, lines, bound }: Plot): string {
  const all = lines.flatMap(({ points }) => points);
  const across = ticks(Math.max(1, ...all.map(([at]) => at)));
  const up = ticks(Math.min(2 * bound.y, Math.max(bound.y, ...all.map(([, value]) => value))));
  const xOf = scale(across.at(-1) ?? 1, AREA.left, AREA.right);
  const top = up.at(-1) ?? 1;
  const toHeight = scale(top, AREA.bottom, AREA.top);
  const yOf = (value: number): number => toHeight(Math.min(value, top));
  const ends = apart(lines.map(({ points }) => yOf(points.at(-1)?.[1] ?? 0)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">`,
    '<style>text{font:13px system-ui,sans-serif;fill:#1f2328}.grid{stroke:#8b949e;stroke-opacity:.35}' +
      '.bound{stroke:#d1242f;stroke-dasharray:4 4}' +
      '@media (prefers-color-scheme:dark){text{fill:#e6edf3}.bound{stroke:#ff7b72}}</style>',
    `<text x="${AREA.left}" y="24" font-weight="600">${escaped(title)}</text>`,
    ...up.flatMap((value) => [
      `<line class="grid" x1="${AREA.left}" x2="${AREA.right}" y1="${yOf(value)}" y2="${yOf(value)}"/>`,
      `<text x="${AREA.left - 8}" y="${yOf(value) + 4}" text-anchor="end">${shown(value)}</text>`,
    ]),
    ...across.map(
      (value) =>
        `<text x="${xOf(value)}" y="${AREA.bottom + 20}" text-anchor="middle">${shown(value)}</text>`,
    ),
    `<text x="${(AREA.left + AREA.right) / 2}" y="${AREA.bottom + 44}" text-anchor="middle">${escaped(x)}</text>`,
    `<text x="16" y="${(AREA.top + AREA.bottom) / 2}" text-anchor="middle" ` +
      `transform="rotate(-90 16 ${(AREA.top + AREA.bottom) / 2})">${escaped(y)}</text>`,
    `<line class="bound" x1="${AREA.left}" x2="${AREA.right}" y1="${yOf(bound.y)}" y2="${yOf(bound.y)}"/>`,
    `<text x="${AREA.left + 6}" y="${yOf(bound.y) - 6}">${escaped(bound.name)}</text>`,
    ...lines.flatMap(({ name, points }, index) => {
      const { color, dash } = STROKES[index % STROKES.length] ?? STROKES[0];
      const at = points.map(([px, py]) => `${xOf(px)},${yOf(py)}`).join(' ');
      const [end] = points.at(-1) ?? [0];
      return [
        `<polyline fill="none" stroke="${color}" stroke-width="2" stroke-dasharray="${dash}" points="${at}"/>`,
        `<text x="${Math.min(xOf(end) + 8, AREA.right + 8)}" y="${(ends[index] ?? 0) + 4}">${escaped(name)}</text>`,
      ];
    }),
    '</svg>',
    '',
  ].join('\n');
}

/** From 0 to `most` to a place between these two, to a tenth. */
function scale(most: number, from: number, to: number): (value: number) => number {
  return (value) => Math.round((from + ((to - from) * value) / most) * 10) / 10;
}

/** Heights for names beside each other, none nearer to the next than a line is high; the order stays. */
function apart(heights: readonly number[]): number[] {
  const LINE = 16;
  const order = heights.map((_, index) => index).sort((a, b) => (heights[b] ?? 0) - (heights[a] ?? 0));
  const placed = [...heights];
  let least = Infinity;
  for (const index of order) {
    const height = Math.min(heights[index] ?? 0, least - LINE);
    placed[index] = height;
    least = height;
  }
  return placed;
}

function shown(value: number): string {
  return value.toLocaleString('en');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
