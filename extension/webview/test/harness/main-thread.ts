import type { Page } from 'playwright-core';
import * as z from 'zod';

/** What Chromium calls each callback of a frame: whoever measures frames has one in each. */
const FRAME = 'FireAnimationFrame';

const traced = z.object({
  traceEvents: z.array(
    z.object({
      name: z.string(),
      ph: z.string(),
      pid: z.int(),
      tid: z.int(),
      ts: z.number().optional(),
      dur: z.number().optional(),
      tdur: z.number().optional(),
    }),
  ),
});

/** Tasks of the page's main thread, in milliseconds. */
export interface MainThread {
  /** Each task; its time is that of the processor, in which a busy machine has no part. */
  readonly tasks: readonly number[];
  /** What was done for each frame: the task that made it and those after it, until the next. */
  readonly frames: readonly number[];
}

/**
 * What the page's main thread did meanwhile. A task counts by the time that the thread was on a processor, so that what
 * else the machine does at the same time does not lengthen it.
 */
export async function mainThreadOf(page: Page, body: () => Promise<void>): Promise<MainThread> {
  const browser = page.context().browser();
  if (browser === null) throw new Error('the page has no browser');
  await browser.startTracing(page, {
    categories: [
      'toplevel',
      'blink.user_timing',
      'disabled-by-default-devtools.timeline',
      'devtools.timeline',
    ],
  });
  try {
    await body();
  } catch (error) {
    await browser.stopTracing();
    throw error;
  }
  return readTrace(await browser.stopTracing());
}

function readTrace(bytes: Buffer): MainThread {
  const { traceEvents } = traced.parse(JSON.parse(bytes.toString('utf8')));
  const marks = traceEvents.filter(({ name, ts }) => name === FRAME && ts !== undefined);
  const main = marks[0];
  if (main === undefined) throw new Error('the page made no frame');
  const runs = traceEvents
    .filter(
      ({ name, ph, pid, tid }) => name === 'RunTask' && ph === 'X' && pid === main.pid && tid === main.tid,
    )
    .map(({ ts = 0, dur = 0, tdur }) => ({ from: ts, to: ts + dur, work: (tdur ?? dur) / 1000 }))
    .sort((a, b) => a.from - b.from);
  const frames: number[] = [];
  let next = 0;
  for (const run of runs) {
    // What began before the tracing has no task here.
    while ((marks[next]?.ts ?? Infinity) < run.from) next++;
    let at = marks[next]?.ts ?? Infinity;
    if (at >= run.from && at <= run.to) {
      frames.push(0);
      while (at <= run.to) at = marks[++next]?.ts ?? Infinity;
    }
    if (frames.length > 0) frames[frames.length - 1] = (frames.at(-1) ?? 0) + run.work;
  }
  if (frames.length === 0) throw new Error('no task made a frame');
  return { tasks: runs.map(({ work }) => work), frames };
}

/** The value below which this part of all lies. */
export function quantile(values: readonly number[], part: number): number {
  return (
    [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? 0
  );
}
