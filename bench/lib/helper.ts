import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type * as z from 'zod';
import { answer, type question } from './serve.ts';

/** The file of a process. */
export function scriptOf(name: string): string {
  return fileURLToPath(new URL(`../processes/${name}.ts`, import.meta.url));
}

/** A process of the benchmark; see serve.ts for its side. */
export class Helper {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { done: (result: unknown) => void; failed: (error: Error) => void }>();
  #asked = 0;

  /**
   * @param name a file of bench/processes, without its ending
   * @param script where it lies as JavaScript, if it does
   */
  constructor(name: string, script = scriptOf(name)) {
    this.#child = fork(script, { execArgv: [] });
    this.#child.on('message', (raw) => {
      const { id, result, error } = answer.parse(raw);
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.done(result);
      else waiting?.failed(new Error(`${name}: ${error}`));
    });
    this.#child.once('exit', (code) => {
      for (const { failed } of this.#waiting.values()) failed(new Error(`${name} ended with code ${code}`));
    });
  }

  ask<S extends z.ZodType>(name: string, params: object, result: S): Promise<z.output<S>> {
    this.#asked += 1;
    const id = this.#asked;
    return new Promise<unknown>((done, failed) => {
      this.#waiting.set(id, { done, failed });
      this.#child.send({ id, name, params } satisfies z.input<typeof question>);
    }).then((value) => result.parse(value));
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }
}
