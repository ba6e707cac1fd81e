import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type * as z from 'zod';
import { cleanEnvironment } from '../../scripts/lib/child.ts';
import { answers, type Answers, type Question, told } from './messages.ts';

/** Where the discovery server is to be found, whatever network somebody is in. */
export const SERVER_ADDRESS = '10.91.0.1';

type Place = 'sam' | 'carol';
const NETWORKS: Readonly<Record<Place, string>> = { sam: '10.91.1', carol: '10.91.2' };

/** Why there can be no namespaces here, or false. */
export function whyNoNamespaces(): string | false {
  if (process.platform !== 'linux') return 'network namespaces are on Linux only';
  if (process.getuid?.() !== 0) return 'only root can make network namespaces';
  for (const [program, argument] of [
    ['ip', '-V'],
    ['nft', '-v'],
  ] as const) {
    try {
      execFileSync(program, [argument], { stdio: 'pipe' });
    } catch {
      return `there is no ${program}: install iproute2 and nftables`;
    }
  }
  const probe = `p2p-probe-${process.pid}`;
  try {
    execFileSync('ip', ['netns', 'add', probe], { stdio: 'pipe' });
    execFileSync('ip', ['netns', 'exec', probe, 'nft', 'add', 'table', 'inet', 'probe'], { stdio: 'pipe' });
    return false;
  } catch {
    return 'this machine does not let root make network namespaces with firewalls';
  } finally {
    tryTo(() => execFileSync('ip', ['netns', 'del', probe], { stdio: 'pipe' }));
  }
}

/**
 * Three machines: Sam's and Carol's, each in a network of its own, and a router between the two on which the discovery
 * server runs, with a firewall and NAT.
 */
export class Namespaces {
  readonly #suffix = String(process.pid);
  readonly #inside: Inside[] = [];

  constructor() {
    this.#add('router');
    this.#in('router', 'ip', 'addr', 'add', `${SERVER_ADDRESS}/32`, 'dev', 'lo');
    this.#in('router', 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
    for (const place of ['sam', 'carol'] as const) {
      this.#add(place);
      const [near, far] = [`${place.slice(0, 1)}n${this.#suffix}`, `${place.slice(0, 1)}f${this.#suffix}`];
      run('ip', 'link', 'add', near, 'netns', this.#name(place), 'type', 'veth', 'peer', 'name', far);
      run('ip', 'link', 'set', far, 'netns', this.#name('router'));
      const network = NETWORKS[place];
      this.#in(place, 'ip', 'addr', 'add', `${network}.2/24`, 'dev', near);
      this.#in(place, 'ip', 'link', 'set', near, 'up');
      this.#in('router', 'ip', 'addr', 'add', `${network}.1/24`, 'dev', far);
      this.#in('router', 'ip', 'link', 'set', far, 'up');
      this.#in(place, 'ip', 'route', 'add', 'default', 'via', `${network}.1`);
    }
    this.allow({ sam: true, carol: true });
  }

  /**
   * Whose connections the router lets through to the other, whose address it then hides. Others, those there are too, it
   * resets.
   */
  allow(who: Readonly<Record<Place, boolean>>): void {
    const rule = (from: Place, to: Place): string =>
      `ct direction original ip saddr ${NETWORKS[from]}.0/24 ip daddr ${NETWORKS[to]}.0/24 ` +
      `meta l4proto tcp ${who[from] ? 'accept' : 'reject with tcp reset'}`;
    const rules = `flush ruleset
      table ip between {
        chain passing {
          type filter hook forward priority 0;
          ${rule('sam', 'carol')}
          ${rule('carol', 'sam')}
        }
        chain leaving {
          type nat hook postrouting priority 100;
          ip saddr ${NETWORKS.sam}.0/24 ip daddr ${NETWORKS.carol}.0/24 masquerade
          ip saddr ${NETWORKS.carol}.0/24 ip daddr ${NETWORKS.sam}.0/24 masquerade
        }
      }`;
    execFileSync('ip', ['netns', 'exec', this.#name('router'), 'nft', '-f', '-'], { input: rules });
  }

  /** Starts a program there; see inside-process.ts. */
  start(place: Place | 'router'): Inside {
    const inside = new Inside(this.#name(place));
    this.#inside.push(inside);
    return inside;
  }

  async remove(): Promise<void> {
    await Promise.all(this.#inside.map((inside) => inside.kill()));
    for (const place of ['sam', 'carol', 'router']) {
      tryTo(() => run('ip', 'netns', 'del', this.#name(place)));
    }
  }

  #name(place: string): string {
    return `p2p-${place}-${this.#suffix}`;
  }

  #add(place: string): void {
    run('ip', 'netns', 'add', this.#name(place));
    this.#in(place, 'ip', 'link', 'set', 'lo', 'up');
  }

  #in(place: string, ...command: string[]): void {
    run('ip', 'netns', 'exec', this.#name(place), ...command);
  }
}

/** A process in a namespace. */
export class Inside {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  #asked = 0;

  constructor(namespace: string) {
    const program = path.join(import.meta.dirname, 'inside-process.ts');
    this.#child = spawn('ip', ['netns', 'exec', namespace, process.execPath, program], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: cleanEnvironment(),
    });
    alive.add(this.#child);
    this.#child.once('exit', () => {
      alive.delete(this.#child);
      for (const waiting of this.#waiting.values()) {
        waiting.reject(new Error('the process ended before it answered'));
      }
    });
    this.#child.on('message', (raw) => {
      const message = told.parse(raw);
      const waiting = this.#waiting.get(message.number);
      this.#waiting.delete(message.number);
      if ('error' in message) waiting?.reject(new Error(message.error));
      else waiting?.resolve(message.answer);
    });
  }

  async ask<Ask extends Question['ask']>(question: Extract<Question, { ask: Ask }>): Promise<Answers[Ask]> {
    this.#asked += 1;
    const number = this.#asked;
    const answer = await new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      this.#child.send({ number, question });
    });
    const schema: z.ZodType = answers[question.ask];
    return schema.parse(answer) as Answers[Ask];
  }

  /** Ends it as a power cut does. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}

export function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: 'pipe' });
}

export function tryTo(clean: () => void): void {
  try {
    clean();
  } catch {
    // There is nothing to remove.
  }
}

/** No child outlives us: whatever still runs when this process exits is ended by its pid. */
const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});
