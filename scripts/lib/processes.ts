/** Which processes run, best effort on every system: tests wait for the end of those that they did not start. */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import * as z from 'zod';

const run = promisify(execFile);

export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

export async function listProcesses(): Promise<ProcessInfo[]> {
  if (process.platform === 'linux') return listFromProc();
  if (process.platform === 'win32') return listFromPowerShell();
  const { stdout } = await run('ps', ['-axww', '-o', 'pid=,ppid=,command=']);
  return stdout.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line);
    return match ? [{ pid: Number(match[1]), parent: Number(match[2]), command: match[3] ?? '' }] : [];
  });
}

async function listFromProc(): Promise<ProcessInfo[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = async (pid: string): Promise<ProcessInfo[]> => {
    try {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
      // The name in parentheses may hold anything; state and parent follow the last one.
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (state === 'Z' || state === 'X') return [];
      const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim();
      return [{ pid: Number(pid), parent: Number(parent), command }];
    } catch {
      return []; // It ended while we looked.
    }
  };
  return (await Promise.all(pids.map(read))).flat();
}

const cimProcesses = z.array(
  z.object({ ProcessId: z.number(), ParentProcessId: z.number(), CommandLine: z.string().nullable() }),
);

async function listFromPowerShell(): Promise<ProcessInfo[]> {
  const query = 'Get-CimInstance Win32_Process | Select-Object ProcessId,ParentProcessId,CommandLine';
  const { stdout } = await run(
    'powershell',
    ['-NoProfile', '-Command', `${query} | ConvertTo-Json -Compress`],
    {
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  return cimProcesses.parse(JSON.parse(stdout)).map((entry) => ({
    pid: entry.ProcessId,
    parent: entry.ParentProcessId,
    command: entry.CommandLine ?? '',
  }));
}

/** Whether a process with this id runs (a zombie does not count where that can be told). */
export async function isRunning(pid: number): Promise<boolean> {
  return (await listProcesses()).some((entry) => entry.pid === pid);
}

/** All descendants of a process. */
export function descendants(processes: readonly ProcessInfo[], ancestor: number): ProcessInfo[] {
  const children = processes.filter((entry) => entry.parent === ancestor && entry.pid !== ancestor);
  return children.flatMap((child) => [child, ...descendants(processes, child.pid)]);
}

/** Ends a process as a crash would, if it still runs. */
export function endAtOnce(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
