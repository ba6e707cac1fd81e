import type { Session, SessionParts } from './session.ts';

/** The session, loaded and started when something needs it: activation itself stays small. */
export class LazySession {
  readonly #parts: SessionParts;
  #session: Promise<Session> | undefined;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  get(): Promise<Session> {
    return (this.#session ??= import('./session.ts').then(({ startSession }) => startSession(this.#parts)));
  }

  /** Starts the session without waiting for it. */
  wake(): void {
    this.get().catch((error: unknown) => {
      this.#parts.log.write('error', error instanceof Error ? (error.stack ?? error.message) : String(error));
    });
  }

  async stop(): Promise<void> {
    const session = await this.#session?.catch(() => undefined);
    await session?.stop();
  }
}
