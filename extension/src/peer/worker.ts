import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { StorageError } from '../core/storage-ports.ts';
import { PeerError, type Problem } from '../peer-api.ts';
import { makePrivateFolder } from '../storage/private-files.ts';
import { acquireOwnerLock, OwnerLockError, type OwnerLock } from './owner-lock.ts';
import { writeOwnerRecord } from './owner-record.ts';
import { problemFrom } from './problem-from.ts';
import type { RpcServer } from './rpc-server.ts';
import type { CreatePeerService, PeerService } from './service-types.ts';
import { yieldToOtherThreads } from './yielding.ts';
import {
  peerWorkerData,
  toWorker,
  type FromWorker,
  type PeerWorkerData,
  type ToWorker,
} from './worker-messages.ts';
import { t, useTranslations } from '../core/words.ts';

/** How long the window may take to give the keys, milliseconds; a keyring may ask the person for its password. */
const SECRETS_TIMEOUT_MS = 60_000;

/** How long the service may take to stop, milliseconds: VS Code gives a closing window little more. */
const STOP_TIMEOUT_MS = 1_500;

type Secrets = Omit<Extract<ToWorker, { type: 'secrets' }>, 'type'>;

/**
 * The life of the peer's thread: takes the owner lock or leaves at once, asks for the keys, serves windows, and frees
 * the lock as the last thing before it exits, whatever happened.
 */
export class PeerWorker {
  readonly #port: MessagePort;
  readonly #data: PeerWorkerData;
  readonly #load: () => Promise<CreatePeerService>;
  #stopped = false;
  /** Ends the wait for the keys; null when they do not matter any more. */
  #giveSecrets: (secrets: Secrets | null) => void = () => undefined;
  #running: Promise<void> = Promise.resolve();
  #lock: OwnerLock | null = null;
  #service: PeerService | undefined;
  #server: RpcServer | undefined;

  private constructor(port: MessagePort, data: PeerWorkerData, load: () => Promise<CreatePeerService>) {
    this.#port = port;
    this.#data = data;
    this.#load = load;
  }

  /** To be called once, in a worker. `load` imports the service: a thread that loses the election never does. */
  static run(load: () => Promise<CreatePeerService>): void {
    if (parentPort === null) throw new Error('the peer runs in a worker thread');
    const data = peerWorkerData.parse(workerData);
    useTranslations(data.translations);
    const worker = new PeerWorker(parentPort, data, load);
    process.on('uncaughtException', (error) => worker.#fail(error));
    worker.#running = worker.#serve();
    worker.#running.catch((error: unknown) => worker.#fail(error));
  }

  async #serve(): Promise<void> {
    const { globalStorage, version, windowName } = this.#data;
    makePrivateFolder(globalStorage);
    this.#lock = acquireOwnerLock(globalStorage);
    if (this.#lock === null) {
      this.#post({ type: 'not-owner' });
      process.exit(0);
    }
    this.#tellWhoOwns(globalStorage, windowName);
    this.#port.on('message', (message: unknown) => this.#heard(message));
    this.#post({ type: 'need-secrets' });
    // Loading the code takes as long as the keyring does: both at once.
    const [secrets, createService, { startRpcServer }, { publishRendezvous }, { socketPath }] =
      await Promise.all([
        this.#waitForSecrets(),
        this.#load(),
        import('./rpc-server.ts'),
        import('./rendezvous.ts'),
        import('./socket-path.ts'),
      ]);
    if (!this.#wanted() || secrets === null) return;
    const onDamage = (path: string): void => {
      this.#post({
        type: 'log',
        level: 'error',
        text: `${path} is damaged: P2P Chat starts anew without it.`,
      });
      // Whoever asked for what could not be read gets the answer first.
      setImmediate(() => void this.#stop(0));
    };
    this.#service = await createService({ globalStorage, version, ...secrets, onDamage });
    if (!this.#wanted()) return;
    this.#server = await startRpcServer({
      rendezvous: publishRendezvous(globalStorage, socketPath(globalStorage)),
      version,
      service: this.#service,
      onHandOver: (newer) => {
        this.#post({ type: 'log', level: 'info', text: `A window with version ${newer} takes over.` });
        void this.#stop(0);
      },
      onRestart: () => {
        this.#post({ type: 'log', level: 'info', text: 'P2P Chat starts anew with other keys.' });
        void this.#stop(0);
      },
      onError: (error) => this.#fail(error),
    });
    if (!this.#wanted()) return;
    this.#post({ type: 'ready' });
    // Not before: until then every window waits for it.
    yieldToOtherThreads();
  }

  /** What a disk does not take is only a name. */
  #tellWhoOwns(globalStorage: string, windowName: string): void {
    try {
      writeOwnerRecord(globalStorage, { window: windowName, process: process.pid });
    } catch (error) {
      this.#post({ type: 'log', level: 'warn', text: `The owner could not be noted: ${String(error)}` });
    }
  }

  /** To be asked after every await. */
  #wanted(): boolean {
    return !this.#stopped;
  }

  /** Null when the worker is stopped meanwhile. */
  #waitForSecrets(): Promise<Secrets | null> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error('the window did not give the keys in time'));
      }, SECRETS_TIMEOUT_MS);
      this.#giveSecrets = (secrets) => {
        clearTimeout(timer);
        resolve(secrets);
      };
    });
  }

  #heard(raw: unknown): void {
    const message = toWorker.parse(raw);
    switch (message.type) {
      case 'secrets': {
        const { identityKey, deviceKey, successions, proxy } = message;
        this.#giveSecrets({ identityKey, deviceKey, successions, proxy });
        break;
      }
      case 'stop':
        void this.#stop(0);
        break;
    }
  }

  #fail(error: unknown): void {
    this.#post({ type: 'failed', problem: problemFor(error) });
    void this.#stop(1);
  }

  async #stop(code: number): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#giveSecrets(null);
    const exit = (): void => {
      try {
        this.#server?.freeze();
      } finally {
        this.#lock?.release();
        process.exit(code);
      }
    };
    setTimeout(exit, STOP_TIMEOUT_MS);
    try {
      await this.#running.catch(() => undefined); // What it was in the middle of; a failure was reported.
      this.#server?.freeze();
      await this.#service?.stop();
      // Windows look for the next owner when their connection ends, so the lock is free by then.
      this.#lock?.release();
      await this.#server?.close();
    } catch (error) {
      this.#post({ type: 'failed', problem: problemFor(error) });
    }
    exit();
  }

  #post(message: FromWorker): void {
    this.#port.postMessage(message);
  }
}

function problemFor(error: unknown): Problem {
  if (error instanceof PeerError) return problemFrom(error);
  if (error instanceof OwnerLockError || error instanceof StorageError)
    return { code: 'storage-failed', message: error.message };
  const reason = error instanceof Error ? error.message : String(error);
  return { code: 'internal', message: t('P2P Chat could not start or stopped by itself: {0}', reason) };
}
