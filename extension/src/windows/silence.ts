import { type OwnerRecord, readOwnerRecord } from '../peer/owner-record.ts';
import type { Problem } from '../peer-api.ts';

/** The window that runs the peer, as far as it is known. */
export type Owner = OwnerRecord | null;

/** What a person is told of the window that runs the peer, in their language. */
export interface OwnerWords {
  /** It does not answer. */
  silent(owner: Owner): string;
  /** It has been starting the peer for longer than that takes. */
  starting(owner: Owner): string;
}

/** For a log that no person waits for. */
const plainWords: OwnerWords = {
  silent: (owner) => `${nameOf(owner)} runs P2P Chat and does not answer.`,
  starting: (owner) => `${nameOf(owner)} has not finished starting P2P Chat.`,
};

function nameOf(owner: Owner): string {
  return owner === null ? 'Another window' : `The window "${owner.window}" (process ${owner.process})`;
}

export interface SilenceOptions {
  readonly globalStorage: string;
  readonly words: OwnerWords | undefined;
  /** Called with a problem when the owner is silent, and with null when that is over. */
  readonly told: (problem: Problem | null) => void;
}

/** Whether the window that runs the peer stands still, and what is said of it. */
export class Silence {
  readonly #options: SilenceOptions;
  readonly #words: OwnerWords;
  #problem: Problem | undefined;
  #starting: Owner | undefined;

  constructor(options: SilenceOptions) {
    this.#options = options;
    this.#words = options.words ?? plainWords;
  }

  /** What to tell whoever wants something meanwhile. */
  get problem(): Problem | undefined {
    return this.#problem;
  }

  /** Why there is no peer yet, when it is another window that is starting it. */
  get unstarted(): Problem | undefined {
    if (this.#starting === undefined) return undefined;
    return { code: 'internal', message: this.#words.starting(this.#starting) };
  }

  /** The owner does not answer: says so if that still holds once its name is read. */
  async begin(holds: () => boolean): Promise<void> {
    const owner = await readOwnerRecord(this.#options.globalStorage);
    if (!holds()) return;
    this.#problem = { code: 'owner-silent', message: this.#words.silent(owner) };
    this.#options.told(this.#problem);
  }

  end(): void {
    if (this.#problem === undefined) return;
    this.#problem = undefined;
    this.#options.told(null);
  }

  /** Another window holds the lock, and may not listen yet. */
  async lostElection(): Promise<void> {
    this.#starting = await readOwnerRecord(this.#options.globalStorage);
  }

  /** There is a peer. */
  started(): void {
    this.#starting = undefined;
  }
}
