/** Where what runs for a while keeps its temporary files: in folders that go with it, whatever becomes of it. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** What `os.tmpdir()` goes by, on one system or another. */
const variables = ['TMPDIR', 'TEMP', 'TMP'] as const;

/** Whoever dies may still write while we remove. */
const removal = { recursive: true, force: true, maxRetries: 5 } as const;

/**
 * From here on temporary files of this process and of all that it starts lie in a folder of their own, which is removed
 * when this process exits: with whatever a test that failed, hung or was killed has left there.
 * A signal that nobody listens to does not let a process exit in this sense: see test/harness/cleanup.ts.
 */
export function keepTemporaryFilesTogether(): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'p2p-chat-run-'));
  // Whom a test makes another user of this machine reaches what is in it, as in the folder around it.
  chmodSync(folder, 0o711);
  for (const name of variables) process.env[name] = folder;
  process.once('exit', () => rmSync(folder, removal));
}

/** Room that a socket's path has, without the zero that ends it: on macOS, where it is least. */
const MAX_SOCKET_PATH = 103;

/** How long a name VS Code gives to a socket: `vscode-ipc-`, a UUID and `.sock`. */
const VSCODE_SOCKET_NAME = 52;

/** A folder for the sockets and temporary files of one program, and how it goes. */
export class RuntimeFolder {
  readonly path: string;

  constructor() {
    // Six more letters are put behind it.
    const below = (parent: string): string => path.join(parent, 'p2p-chat-vs-');
    const isShort = (prefix: string): boolean =>
      Buffer.byteLength(prefix) + 6 + 1 + VSCODE_SOCKET_NAME <= MAX_SOCKET_PATH;
    const here = below(tmpdir());
    this.path = mkdtempSync(process.platform === 'win32' || isShort(here) ? here : below('/tmp'));
    process.once('exit', this.remove);
  }

  /** What tells a program of it: the first on Linux, the others on every system. */
  get env(): Readonly<Record<string, string>> {
    return Object.fromEntries(['XDG_RUNTIME_DIR', ...variables].map((name) => [name, this.path]));
  }

  readonly remove = (): void => {
    process.off('exit', this.remove);
    rmSync(this.path, removal);
  };
}
