import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { atEnd } from './cleanup.ts';
import { windowEvent, type WindowCommand, type WindowEvent } from './fixtures/window-protocol.ts';

const script = fileURLToPath(new URL('./fixtures/window.ts', import.meta.url));

type EventOf<T extends WindowEvent['type']> = Extract<WindowEvent, { type: T }>;

/** A window in a process of its own. Whatever a test leaves running is killed when its file ends. */
export class WindowProcess {
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #events: WindowEvent[] = [];
  #listener: () => void = () => undefined;
  #log = '';

  constructor(globalStorage: string, peerScript: string) {
    const child = fork(script, [globalStorage, peerScript], {
      stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
      // A killed owner's socket stays until the next owner, so it lies where the test cleans up.
      env: { ...process.env, TMPDIR: globalStorage, XDG_RUNTIME_DIR: '' },
    });
    this.#child = child;
    child.on('message', (raw) => {
      this.#events.push(windowEvent.parse(raw));
      this.#listener();
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#log += text));
    }
    this.ended = new Promise((resolve) => child.once('exit', () => resolve()));
    atEnd(() => this.kill());
  }

  /** Whether the owner named by a `connected` runs in this process. */
  owns(owner: string): boolean {
    return owner.startsWith(`${this.#child.pid ?? 0}.`);
  }

  get log(): string {
    return this.#log;
  }

  tell(command: WindowCommand): void {
    this.#child.send(command);
  }

  /** The next event of this type; those before it, of other types, are passed over. */
  async next<T extends WindowEvent['type']>(type: T, timeout = 20_000): Promise<EventOf<T>> {
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve, reject) => {
        this.#listener = () => {
          for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift()) {
            if (isOf(event, type)) {
              resolve(event);
              return;
            }
          }
        };
        timer = setTimeout(() => reject(new Error(`no ${type} in time\n${this.#log}`)), timeout);
        this.#listener();
      });
    } finally {
      clearTimeout(timer);
      this.#listener = () => undefined;
    }
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  thaw(): void {
    this.#child.stdin?.write('.');
  }
}

function isOf<T extends WindowEvent['type']>(event: WindowEvent, type: T): event is EventOf<T> {
  return event.type === type;
}
