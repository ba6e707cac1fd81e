import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { type Endpoint, endpoints } from '@p2p-chat/protocol/discovery';
import type { Cursor } from '@p2p-chat/protocol/link';

/** How long anything on one machine may take. Milliseconds. */
const PATIENCE_MS = 20_000;

/** From `stop` to its end: a goodbye to the other peer and one to the server. Milliseconds. */
const GOODBYE_MS = 10_000;

const OLDEST = [3, 10] as const;

/** Python 3.10 or newer, or the reason why its tests are skipped. */
export function findPython(): { command: string } | { missing: string } {
  for (const command of ['python3', 'python']) {
    const script = 'import ssl, sys; print(*sys.version_info[:2], ssl.HAS_TLSv1_3)';
    const { status, stdout } = spawnSync(command, ['-c', script], { encoding: 'utf8' });
    const [, major, minor] = /^(\d+) (\d+) True/.exec(stdout) ?? [];
    if (status === 0 && Number(major) === OLDEST[0] && Number(minor) >= OLDEST[1]) return { command };
  }
  return { missing: `no Python from ${OLDEST.join('.')} with TLS 1.3 here: install python3` };
}

/** Who the Python peer found in the directory. */
const user = z.object({ identity: z.string(), online: z.boolean(), endpoints });

/** What the Python peer says, by `event`. Docs: `peer.py`. */
const event = z.discriminatedUnion('event', [
  z.object({ event: z.literal('ready'), identity: z.string(), device: z.string() }),
  z.object({ event: z.literal('registered'), created: z.boolean() }),
  z.object({ event: z.literal('signed-in') }),
  z.object({ event: z.literal('found'), user: user.nullable() }),
  z.object({ event: z.literal('written'), id: z.string(), held: z.boolean() }),
  z.object({ event: z.literal('linked'), device: z.string(), name: z.string().nullable() }),
  /** A ping of the other end was answered, and one of its own. */
  z.object({ event: z.literal('alive') }),
  z.object({ event: z.literal('closed'), code: z.number(), reason: z.string() }),
  z.object({ event: z.literal('received'), id: z.string(), text: z.string().nullable() }),
  /** It has this already: by the number that the message bears, or by its id. */
  z.object({ event: z.literal('repeated'), id: z.string(), by: z.enum(['number', 'id']) }),
  z.object({ event: z.literal('missing'), count: z.number() }),
  z.object({ event: z.literal('refused'), seq: z.number(), reason: z.string() }),
  z.object({ event: z.literal('acknowledged'), next: z.number() }),
  z.object({ event: z.literal('about-to-die') }),
  z.object({ event: z.literal('messages'), texts: z.array(z.string().nullable()) }),
  z.object({ event: z.literal('failed'), do: z.string(), message: z.string() }),
]);
type Event = z.infer<typeof event>;
type Name = Event['event'];
type EventOf<N extends Name> = Extract<Event, { event: N }>;

/** What the Python peer is told, by `do`. */
type Command =
  | { readonly do: 'register' | 'sign-in'; readonly server: string; readonly name: string }
  | { readonly do: 'find'; readonly name: string }
  | { readonly do: 'talk'; readonly identity: string; readonly endpoint?: Endpoint }
  | { readonly do: 'send'; readonly identity: string; readonly text: string }
  | { readonly do: 'misremember'; readonly received: Cursor | null }
  | { readonly do: 'die-before-receipt' | 'messages' | 'stop' };

/** A running `peer.py`. */
export class PythonPeer {
  /** Everything that it said, in order. */
  readonly events: Event[] = [];
  /** Resolves when the process is gone. */
  readonly ended: Promise<unknown>;
  readonly #child: ChildProcessWithoutNullStreams;
  #read = 0;
  #errors = '';
  #look: () => void = () => undefined;

  /** @param folder what stays of it between two runs */
  constructor(python: string, folder: string) {
    this.#child = spawn(python, ['-B', join(import.meta.dirname, 'peer.py'), folder]);
    this.ended = once(this.#child, 'close').then(() => this.#look());
    this.#child.stdin.on('error', () => undefined);
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#errors += text));
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.events.push(event.parse(JSON.parse(line)));
      this.#look();
    });
  }

  tell(command: Command): void {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`);
  }

  /** The next event of this name after the last one that was waited for; those between are passed over. */
  async next<N extends Name>(name: N): Promise<EventOf<N>> {
    const late = Date.now() + PATIENCE_MS;
    for (;;) {
      for (; this.#read < this.events.length; this.#read += 1) {
        const found = this.events[this.#read];
        if (found?.event === 'failed') throw new Error(`${found.do}: ${found.message}`);
        if (found !== undefined && isEvent(found, name)) {
          this.#read += 1;
          return found;
        }
      }
      const left = late - Date.now();
      if (left <= 0 || this.#child.exitCode !== null || this.#child.signalCode !== null) {
        const heard = this.events.map((one) => one.event).join(' ');
        throw new Error(`no "${name}" came; heard: ${heard}\n${this.#errors}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#look = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** What it has on its disk, in the order of arrival. */
  async texts(): Promise<(string | null)[]> {
    this.tell({ do: 'messages' });
    return (await this.next('messages')).texts;
  }

  /** As by `kill -9`. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  /** Goes offline and ends by itself; one that does not is killed. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.tell({ do: 'stop' });
    const late = setTimeout(() => this.#child.kill('SIGKILL'), GOODBYE_MS);
    await this.ended;
    clearTimeout(late);
  }
}

function isEvent<N extends Name>(found: Event, name: N): found is EventOf<N> {
  return found.event === name;
}
