import { fork, type ChildProcess } from 'node:child_process';
import type { PeerMethod, PeerParams, Snapshot } from '../../src/peer-api.ts';
import type { Scripts } from './bundled-window.ts';
import { atEnd } from './cleanup.ts';
import {
  windowEvent,
  type WindowCommand,
  type WindowConfig,
  type WindowEvent,
} from './fixtures/window-protocol.ts';

/** How long anything that a window tells may take on a busy machine, milliseconds. */
const PATIENCE_MS = 30_000;

type EventOf<T extends WindowEvent['type']> = Extract<WindowEvent, { type: T }>;

/** A window in a process of its own. Whatever a test leaves running is killed when its file ends. */
export class WindowProcess {
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #answers = new Map<number, (answer: EventOf<'answer'>) => void>();
  readonly #events: WindowEvent[] = [];
  #listener: () => void = () => undefined;
  #token = 0;
  #log = '';

  constructor(
    { windowScript, peerScript }: Scripts,
    config: Partial<WindowConfig> & Pick<WindowConfig, 'globalStorage'>,
  ) {
    const keys = { identityKey: 'i', deviceKey: 'd' };
    const whole: WindowConfig = { peerScript, version: '1.0.0', windowName: '', ...keys, ...config };
    const child = fork(windowScript, [JSON.stringify(whole)], {
      stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
      // A killed owner's socket stays until the next owner, so it lies where the test cleans up.
      env: { ...process.env, TMPDIR: config.globalStorage, XDG_RUNTIME_DIR: '' },
    });
    this.#child = child;
    child.on('message', (raw) => {
      const event = windowEvent.parse(raw);
      if (event.type === 'answer') this.#answers.get(event.token)?.(event);
      else this.#events.push(event);
      this.#listener();
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#log += text));
    }
    this.ended = new Promise((resolve) => child.once('exit', () => resolve()));
    atEnd(() => this.kill());
  }

  /** A window that looks for the peer at once. */
  static open(...options: ConstructorParameters<typeof WindowProcess>): WindowProcess {
    const window = new WindowProcess(...options);
    window.tell({ type: 'start' });
    return window;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Whether the owner named by a `connected` runs in this process. */
  owns(owner: string): boolean {
    return owner.startsWith(`${this.pid}.`);
  }

  get log(): string {
    return this.#log;
  }

  tell(command: WindowCommand): void {
    this.#child.send(command);
  }

  /**
   * Resolves with when the request was made, by the machine's monotonic clock, once it is answered.
   * @throws with what the window was told
   */
  request<M extends PeerMethod>(method: M, params: PeerParams<M>): Promise<number> {
    const token = ++this.#token;
    return new Promise((resolve, reject) => {
      this.#answers.set(token, ({ error, at }) => {
        this.#answers.delete(token);
        if (error === null) resolve(at);
        else reject(new Error(error));
      });
      this.tell({ type: 'request', token, method, params });
    });
  }

  /** What the window shows now. */
  async snapshot(): Promise<Snapshot | null> {
    this.tell({ type: 'look' });
    return (await this.next('snapshot')).snapshot;
  }

  /** The next event of this type that is such a one; those before it are passed over. */
  async next<T extends WindowEvent['type']>(
    type: T,
    isSuch: (event: EventOf<T>) => boolean = () => true,
    timeout = PATIENCE_MS,
  ): Promise<EventOf<T>> {
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve, reject) => {
        this.#listener = () => {
          for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift()) {
            if (!isOf(event, type) || !isSuch(event)) continue;
            // What came with it is for the next call.
            this.#listener = () => undefined;
            resolve(event);
            return;
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

  /** As the window is closed by a person. */
  async close(): Promise<void> {
    this.tell({ type: 'stop' });
    await this.next('stopped');
    this.tell({ type: 'end' });
    // A handle left open would keep the process alive.
    await this.ended;
  }

  /** Stops the whole process, all its threads, where the system knows how to. */
  suspend(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  thaw(): void {
    this.#child.stdin?.write('.');
  }
}

function isOf<T extends WindowEvent['type']>(event: WindowEvent, type: T): event is EventOf<T> {
  return event.type === type;
}
