import { Worker } from 'node:worker_threads';
import { pemOf, verifyStatementAside } from '@p2p-chat/protocol/identity';

/**
 * What the thread runs: a text, since the server is one file where it is bundled. It is asked for many signatures at once,
 * each three texts: a key in PEM, a statement and a signature in base64. Its answer has a byte for each: see ANSWERS.
 */
const THREAD = `
const { parentPort } = require('node:worker_threads');
const { verify } = require('node:crypto');
parentPort.on('message', (asked) => {
  const answers = new Uint8Array(asked.length / 3);
  for (let place = 0; place < answers.length; place += 1) {
    const [key, statement, signature] = asked.slice(3 * place, 3 * place + 3);
    try {
      answers[place] = verify('sha256', Buffer.from(statement), key, Buffer.from(signature, 'base64')) ? 1 : 0;
    } catch {
      answers[place] = 2;
    }
  }
  parentPort.postMessage(answers);
});
parentPort.postMessage('ready');
`;
const ANSWERS = { no: 0, yes: 1, notAKey: 2 } as const;

/** Keys and signatures are small: what it holds of them is garbage at once. */
const MEMORY = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 };

interface Question {
  readonly publicKey: string;
  readonly pem: string;
  readonly statement: string;
  readonly signature: string;
  readonly answered: (answer: boolean | Promise<boolean>) => void;
  readonly failed: (reason: Error) => void;
}

/**
 * Verifies in a thread of its own all that was asked in one turn of the event loop together. Where thousands sign in, handing
 * each to Node's own threads takes more of this one than anything else in a sign-in: a key is read here, a thread is woken for
 * each, and each answer is a turn of its own.
 */
export class Verifier {
  readonly #begin: () => Worker;
  #thread: Worker | undefined;
  #isReady = false;
  #asked: Question[] = [];
  /** What the thread was asked and has not answered, in its order. */
  readonly #under: Question[][] = [];

  /** @param begin makes the thread */
  constructor(begin: () => Worker = beginThread) {
    this.#begin = begin;
  }

  /** Begins the thread, unless there was one. It does not keep the process alive. */
  start(): void {
    if (this.#thread !== undefined) return;
    let thread: Worker;
    try {
      thread = this.#begin();
    } catch {
      // The machine has no room for one more thread. Node's own do its work.
      return;
    }
    this.#thread = thread;
    thread.unref();
    thread.on('message', (message: unknown) => {
      if (message instanceof Uint8Array) this.#answered(message);
      else {
        this.#isReady = true;
        // Node counts a thread again once it runs.
        thread.unref();
      }
    });
    // It ends by itself only where the machine has no room for it. `exit` follows.
    thread.on('error', () => undefined);
    thread.on('exit', () => this.#lost());
  }

  /** As verifyStatementAside, which does it while there is no thread. */
  verify(publicKey: string, statement: string, signature: string): Promise<boolean> {
    if (!this.#isReady) return verifyStatementAside(publicKey, statement, signature);
    const pem = pemOf(publicKey);
    if (pem === undefined) return Promise.reject(new TypeError('not the encoding of a P-256 key'));
    return new Promise((answered, failed) => {
      if (this.#asked.length === 0) setImmediate(() => this.#ask());
      this.#asked.push({ publicKey, pem, statement, signature, answered, failed });
    });
  }

  #ask(): void {
    const asked = this.#asked;
    this.#asked = [];
    if (!this.#isReady) {
      verifyElsewhere(asked);
      return;
    }
    this.#under.push(asked);
    this.#thread?.ref();
    this.#thread?.postMessage(asked.flatMap(({ pem, statement, signature }) => [pem, statement, signature]));
  }

  #answered(answers: Uint8Array): void {
    const asked = this.#under.shift() ?? [];
    if (this.#under.length === 0) this.#thread?.unref();
    for (const [place, { answered, failed }] of asked.entries()) {
      if (answers[place] === ANSWERS.notAKey) failed(new TypeError('not a P-256 key'));
      else answered(answers[place] === ANSWERS.yes);
    }
  }

  /** The thread is gone: Node's own do its work from now on. */
  #lost(): void {
    this.#isReady = false;
    for (const asked of this.#under.splice(0)) verifyElsewhere(asked);
  }
}

/** A thread that answers a Verifier. */
export function beginThread(): Worker {
  return new Worker(THREAD, { eval: true, env: {}, execArgv: [], resourceLimits: MEMORY });
}

function verifyElsewhere(asked: readonly Question[]): void {
  for (const { publicKey, statement, signature, answered } of asked) {
    answered(verifyStatementAside(publicKey, statement, signature));
  }
}

/** One for all servers of a process. */
export const verifier = new Verifier();
