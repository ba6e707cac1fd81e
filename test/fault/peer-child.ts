import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type * as z from 'zod';
import { launch } from './bundle.ts';
import { answers, type Answers, type Outcome, type Question, told } from './messages.ts';

/** What a peer's process printed last, for a run that fails. */
const KEPT_OUTPUT = 4_000;

/** The process ended, by whatever, before it answered. */
export class PeerDied extends Error {
  override readonly name = 'PeerDied';
}

interface Waiting {
  readonly ask: Question['ask'];
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** The process of one run of a peer, see peer-process.ts. */
export class PeerChild {
  /** Resolves when the process is gone and everything that it told was heard; with whether it died by a signal. */
  readonly gone: Promise<{ readonly killed: boolean }>;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #isGone = false;
  #output = '';

  constructor(program: string, outcomes: (outcomes: readonly Outcome[]) => void) {
    const child = launch(program);
    this.#child = child;
    alive.add(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (bytes: Buffer) => {
        this.#output = (this.#output + bytes.toString()).slice(-KEPT_OUTPUT);
      });
    }
    child.on('message', (raw) => {
      const message = told.parse(raw);
      if ('outcomes' in message) return outcomes(message.outcomes);
      const waiting = this.#waiting.get(message.number);
      this.#waiting.delete(message.number);
      if ('error' in message) waiting?.reject(new Error(message.error));
      else waiting?.resolve(message.answer);
    });
    // Messages that were sent before the end are heard before `disconnect`.
    const ended = Promise.all([once(child, 'close'), once(child, 'disconnect')]);
    this.gone = ended.then(() => {
      this.#isGone = true;
      alive.delete(child);
      for (const waiting of this.#waiting.values()) {
        waiting.reject(new PeerDied(`the peer died before it answered ${waiting.ask}`));
      }
      this.#waiting.clear();
      // Where there are no signals, a process that is killed ends with 1, and so does one that throws: that prints.
      return { killed: child.signalCode === 'SIGKILL' || (child.exitCode === 1 && this.#output === '') };
    });
  }

  get output(): string {
    return this.#output;
  }

  /** @throws {PeerDied} */
  async ask<Ask extends Question['ask']>(question: Extract<Question, { ask: Ask }>): Promise<Answers[Ask]> {
    const { ask } = question;
    if (this.#isGone || !this.#child.connected)
      throw new PeerDied(`the peer is dead and is not asked ${ask}`);
    this.#asked += 1;
    const number = this.#asked;
    const answer = await new Promise((resolve, reject) => {
      this.#waiting.set(number, { ask, resolve, reject });
      // A process that is just dying takes nothing more: its end is told by `gone`.
      this.#child.send({ number, question }, () => undefined);
    });
    const schema: z.ZodType = answers[ask];
    return schema.parse(answer) as Answers[Ask];
  }

  /** Ends the process as a crash would. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

/** No child outlives us: whatever still runs when this process exits is ended by its pid. */
const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});
