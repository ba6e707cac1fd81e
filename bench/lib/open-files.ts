import * as z from 'zod';

const report = z.object({
  userLimits: z.object({ open_files: z.object({ soft: z.union([z.number(), z.string()]) }) }),
});

/**
 * How many files and sockets this process may have open at once; Node has raised it as far as it goes. Windows has no
 * such limit.
 */
export function openFiles(): number {
  if (process.platform === 'win32') return Number.MAX_SAFE_INTEGER;
  const { soft } = report.parse(process.report.getReport()).userLimits.open_files;
  return typeof soft === 'number' ? soft : Number.MAX_SAFE_INTEGER;
}
