import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Whether this system tells which process listens on which port. */
export const tellsListeners = process.platform === 'linux';

/** The state of a socket that listens, in /proc/net. */
const LISTEN = '0A';

/** Which of these processes listen on TCP ports now, by Linux's own account. */
export function listeningProcesses(pids: readonly number[]): number[] {
  const inodes = new Set(['tcp', 'tcp6'].flatMap(listeningInodes));
  return pids.filter((pid) => socketsOf(pid).some((inode) => inodes.has(inode)));
}

function listeningInodes(table: string): string[] {
  const [, ...lines] = readFileSync(`/proc/net/${table}`, 'utf8').trim().split('\n');
  return lines.flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    return fields[3] === LISTEN && fields[9] !== undefined ? [fields[9]] : [];
  });
}

/** A process that ends meanwhile has none. */
function socketsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  const orNothing = <T>(read: () => T, nothing: T): T => {
    try {
      return read();
    } catch {
      return nothing;
    }
  };
  return orNothing(() => readdirSync(folder), []).flatMap((fd) => {
    const inode = /^socket:\[(\d+)\]$/.exec(orNothing(() => readlinkSync(`${folder}/${fd}`), ''))?.[1];
    return inode === undefined ? [] : [inode];
  });
}
