import { Worker } from 'node:worker_threads';
import type { Succession } from '@p2p-chat/protocol/succession';
import type { Log } from '../core/ports.ts';
import { t } from '../core/words.ts';
import type { ProxySettings } from '../net/proxy.ts';
import { PeerError, type Problem } from '../peer-api.ts';
import { problemFrom } from '../peer/problem-from.ts';
import { fromWorker, type PeerWorkerData, type ToWorker } from '../peer/worker-messages.ts';

/** How long the worker may take to stop by itself, milliseconds: VS Code gives a closing window little more. */
const STOP_TIMEOUT_MS = 2_000;

/** Who this person is: PKCS#8 PEM of both keys, and how the identity followed on others, oldest first. */
export interface PeerSecrets {
  readonly identityKey: string;
  readonly deviceKey: string;
  readonly successions: readonly Succession[];
}

/** Room for objects of a moment in the peer's thread: Node would let it grow to 48 MB, which are never given back. */
const YOUNG_MEGABYTES = 2;

export interface PeerHostOptions {
  /** The worker's entry: dist/peer.cjs. */
  readonly peerScript: string | URL;
  readonly globalStorage: string;
  readonly version: string;
  /** What this window is called on the screen; empty, as when left out, while it shows no folder. */
  readonly windowName?: () => string;
  /** Called only when this window becomes the owner, each time anew. */
  readonly secrets: () => Promise<PeerSecrets>;
  /** What the person reads, by the English text; English when left out. */
  readonly translations?: Readonly<Record<string, string>>;
  /** VS Code's proxy settings, of which a worker sees none; none when left out. */
  readonly proxy?: () => ProxySettings;
  readonly log: Log;
}

/** What a worker tells the window that started it. `exited` comes once, last. */
export interface PeerHostEvents {
  /** It is the owner and listens. */
  ready(): void;
  /** Another window's worker is the owner. */
  notOwner(): void;
  failed(problem: Problem): void;
  exited(): void;
}

/** The worker thread of this window, as seen from the extension host. It may be the owner or find that another is. */
export class PeerHost {
  readonly #options: PeerHostOptions;
  readonly #events: PeerHostEvents;
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  #gone = false;
  #stopping = false;

  constructor(options: PeerHostOptions, events: PeerHostEvents) {
    this.#options = options;
    this.#events = events;
    const { globalStorage, version } = options;
    const windowName = options.windowName?.() ?? '';
    const translations = options.translations ?? {};
    const workerData: PeerWorkerData = { globalStorage, version, windowName, translations };
    const worker = new Worker(options.peerScript, {
      workerData,
      name: 'p2p-chat peer',
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
      stdin: false,
      stdout: true,
      stderr: true,
    });
    this.#worker = worker;
    for (const stream of [worker.stdout, worker.stderr]) {
      stream
        .setEncoding('utf8')
        .on('data', (text: string) => options.log('debug', `peer: ${text.trimEnd()}`));
    }
    worker.on('message', (message: unknown) => this.#heard(message));
    worker.on('error', (error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      this.#fail(t('The P2P Chat worker failed: {0}', reason));
    });
    this.#exited = new Promise((resolve) => {
      worker.once('exit', () => {
        this.#gone = true;
        resolve();
        events.exited();
      });
    });
  }

  /** Stops the peer if it runs here; ends when the thread is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#post({ type: 'stop' });
    const timer = setTimeout(() => void this.#worker.terminate(), STOP_TIMEOUT_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  #heard(raw: unknown): void {
    const { data: message } = fromWorker.safeParse(raw);
    switch (message?.type) {
      case 'need-secrets':
        void this.#giveSecrets();
        break;
      case 'ready':
        this.#events.ready();
        break;
      case 'failed':
        this.#events.failed(message.problem);
        break;
      case 'log':
        this.#options.log(message.level, message.text);
        break;
      case 'not-owner':
        this.#events.notOwner();
        break;
      case undefined:
        break;
    }
  }

  async #giveSecrets(): Promise<void> {
    try {
      const { identityKey, deviceKey, successions } = await this.#options.secrets();
      const proxy = this.#options.proxy?.() ?? { noProxy: [] };
      const keys = { identityKey, deviceKey, successions: [...successions] };
      if (!this.#stopping) this.#post({ type: 'secrets', ...keys, proxy });
    } catch (error) {
      if (error instanceof PeerError) this.#events.failed(problemFrom(error));
      else this.#fail(t('P2P Chat could not read its keys: {0}', String(error)));
      this.#post({ type: 'stop' });
    }
  }

  #fail(message: string): void {
    this.#events.failed({ code: 'internal', message });
  }

  #post(message: ToWorker): void {
    if (!this.#gone) this.#worker.postMessage(message);
  }
}
