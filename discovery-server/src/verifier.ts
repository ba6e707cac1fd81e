import type { verify as Verify } from 'node:crypto';
import { type MessagePort, Worker } from 'node:worker_threads';
import * as z from 'zod/mini';
import { publicKeyPem } from '@p2p-chat/protocol/identity';
import { validate } from '@p2p-chat/protocol/text';

/** A key in PEM, a signature in base64, and the statements of which it should be. */
type Job = readonly [pem: string, signature: string, statements: readonly string[]];

/** Whether the signature is of one of the statements; null: the key is none. */
const outcomes = z.array(z.nullable(z.boolean()));

interface Asked {
  readonly job: Job;
  readonly verified: (isSigned: boolean) => void;
  readonly failed: (error: Error) => void;
}

/**
 * What the thread does. It goes there as a text, since the server is one file where it is bundled: all that it uses are its
 * arguments and what every script has.
 */
function verifyThere(port: MessagePort, verify: typeof Verify): void {
  port.on('message', (jobs: readonly Job[]) => {
    const found = jobs.map(([pem, signature, statements]) => {
      try {
        const proof = Buffer.from(signature, 'base64');
        return statements.some((statement) => verify('sha256', Buffer.from(statement, 'utf8'), pem, proof));
      } catch {
        return null;
      }
    });
    port.postMessage(found);
  });
}

const SCRIPT = `(${verifyThere.toString()})(require('node:worker_threads').parentPort, require('node:crypto').verify);`;

/** As many are given to the thread at once: whoever waits for the last of them waits some milliseconds more. */
const MOST_AT_ONCE = 32;

/** Its heap, MB: what it has for each signature is garbage at once. */
const LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 };

/** A thread that verifies; it keeps no process from its end. */
export function startThread(): Worker {
  const thread = new Worker(SCRIPT, { eval: true, execArgv: [], resourceLimits: LIMITS });
  thread.unref();
  return thread;
}

/**
 * Verifies signatures in a thread of its own, together what is asked for while it is busy: reading a key and verifying takes
 * longer than anything else that is done for a sign-in. See docs/decisions/0025-signatures-are-verified-together.md.
 */
export class Verifier {
  #thread: Worker | undefined;
  /** What waits, and what is there, of which the answers come in the same order. */
  readonly #next: Asked[] = [];
  #there: readonly Asked[] = [];
  readonly #startThread: () => Worker;
  #isStopped = false;

  constructor(start = startThread) {
    this.#startThread = start;
    this.#thread = this.#start();
  }

  /**
   * Whether a signature is the key owner's of one of these statements, of which there are as many as a server has bindings.
   * @param key as encodePublicKey gives it
   * @throws {TypeError} by the promise: it is not a P-256 key
   */
  isSignedBy(key: string, statements: readonly string[], signature: string): Promise<boolean> {
    return new Promise((verified, failed) => {
      if (this.#isStopped) throw new Error('the server stops');
      const job: Job = [publicKeyPem(key), signature, statements];
      this.#next.push({ job, verified, failed });
      // With whatever else comes in this turn.
      if (this.#next.length === 1) setImmediate(() => this.#send());
    });
  }

  /** Ends the thread. Whoever still waits hears that it is over. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const thread = this.#thread;
    this.#lost(new Error('the server stops'));
    await thread?.terminate();
  }

  #send(): void {
    if (this.#there.length > 0 || this.#next.length === 0) return;
    this.#there = this.#next.splice(0, MOST_AT_ONCE);
    this.#thread ??= this.#start();
    this.#thread.postMessage(this.#there.map(({ job }) => job));
  }

  #start(): Worker {
    const thread = this.#startThread();
    thread.on('message', (found: unknown) => this.#answered(validate(outcomes, found)));
    // The next that is asked starts another one.
    const ended = (error: Error): void => {
      if (this.#thread === thread) this.#lost(error);
    };
    thread.on('error', (cause) => ended(new Error('signatures could not be verified', { cause })));
    thread.on('exit', () => ended(new Error('the thread that verifies has ended')));
    return thread;
  }

  #answered(found: z.infer<typeof outcomes>): void {
    const asked = this.#there;
    this.#there = [];
    // The thread goes on while this one looks at what it found.
    this.#send();
    for (const [place, { verified, failed }] of asked.entries()) {
      const isSigned = found[place];
      if (typeof isSigned === 'boolean') verified(isSigned);
      else failed(new TypeError('not a P-256 key'));
    }
  }

  #lost(error: Error): void {
    this.#thread = undefined;
    const waiting = [...this.#there, ...this.#next.splice(0)];
    this.#there = [];
    for (const { failed } of waiting) failed(error);
  }
}
