import type { Cancel, Clock, Log } from '../core/ports.ts';
import { type KeptServer, serverUrl } from './kept-server.ts';
import { type RunningServer, ServerStartError } from './server-process.ts';

/** A window that has just closed still has its server for a moment: long enough for that to end, milliseconds. */
export const IN_USE_PAUSE_MS = 4_000;

/** A server that ran for so long and ended is started again; one that did not would end again, milliseconds. */
export const STEADY_AFTER_MS = 30_000;

/** What a window needs to run a discovery server. */
export interface ServerHereParts {
  /** @throws {ServerStartError} */
  readonly start: (place: { readonly host: string; readonly port: number }) => Promise<RunningServer>;
  /** What is remembered of the server, the same in every window. */
  readonly kept: {
    read(): KeptServer | undefined;
    write(kept: KeptServer): Promise<void>;
  };
  readonly clock: Clock;
  readonly log: Log;
  /** It runs in this window now, or does no longer. */
  readonly changed: (running: RunningServer | undefined) => void;
  /** The person has to know: it does not run, and this window does not try any further. */
  readonly failed: (why: ServerStartError) => void;
}

/**
 * The discovery server that this window runs, if it does. It lives no longer than the window's extension host; another
 * window starts it again, and so does the next VS Code, until the person stops it. Two never run: the server's own lock on
 * its folder decides.
 */
export class ServerHere {
  readonly #parts: ServerHereParts;
  #running: RunningServer | undefined;
  /** Starts and stops, one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #over = false;
  /** Nothing is tried by itself until it has run again: it would fail as before. */
  #givenUp = false;
  #cancelPause: Cancel = () => undefined;
  #again: Promise<void> | undefined;

  constructor(parts: ServerHereParts) {
    this.#parts = parts;
  }

  /** The one that runs in this window. */
  get running(): RunningServer | undefined {
    return this.#running;
  }

  /** What is remembered, whether or not it runs. */
  get kept(): KeptServer | undefined {
    return this.#parts.kept.read();
  }

  /**
   * Starts it because the person wants it, or tells of the one that runs; from then on it is started by itself.
   * @throws {ServerStartError}
   */
  start(place: { readonly host: string; readonly port: number }): Promise<RunningServer> {
    return this.#inTurn(async () => {
      const server = this.#running ?? (await this.#start(place));
      await this.#parts.kept.write({ host: server.host, port: server.port, wanted: true });
      return server;
    });
  }

  /** Starts it by itself where it was wanted and runs nowhere, as far as this window can tell. Never fails. */
  startAgain(): Promise<void> {
    return (this.#again ??= this.#startAgain().finally(() => (this.#again = undefined)));
  }

  /** Stops it because the person wants that: it is not started again. Whether one ran in this window. */
  stop(): Promise<boolean> {
    return this.#inTurn(async () => {
      const { kept } = this.#parts;
      const running = this.#running;
      const remembered = kept.read();
      if (running === undefined) return false;
      if (remembered !== undefined) await kept.write({ ...remembered, wanted: false });
      await running.stop();
      return true;
    });
  }

  /** It is not started by itself any more; one that runs goes on. */
  async forget(): Promise<void> {
    const { kept } = this.#parts;
    const remembered = kept.read();
    if (remembered !== undefined) await kept.write({ ...remembered, wanted: false });
  }

  /** Ends with this window; what the person wants stays. */
  async end(): Promise<void> {
    this.#over = true;
    this.#cancelPause();
    await this.#turn.catch(() => undefined);
    await this.#running?.stop();
  }

  async #startAgain(): Promise<void> {
    const failure = await this.#tryAgain();
    if (failure?.code !== 'in-use') return;
    await this.#pause();
    // That of another window, if it goes on: then all is well.
    await this.#tryAgain();
  }

  #tryAgain(): Promise<ServerStartError | undefined> {
    return this.#inTurn(async () => {
      const kept = this.#parts.kept.read();
      if (kept?.wanted !== true || this.#over || this.#givenUp || this.#running !== undefined)
        return undefined;
      try {
        await this.#start(kept);
        return undefined;
      } catch (error) {
        if (!(error instanceof ServerStartError)) throw error;
        if (error.code === 'in-use') return error;
        this.#parts.log(
          'error',
          `The discovery server at ${serverUrl(kept)} did not start: ${error.message}`,
        );
        this.#givenUp = true;
        this.#parts.failed(error);
        return error;
      }
    });
  }

  async #start(place: { readonly host: string; readonly port: number }): Promise<RunningServer> {
    const { start, changed, clock } = this.#parts;
    const server = await start(place);
    // The window may have closed meanwhile.
    if (this.#over) {
      await server.stop();
      throw new ServerStartError('failed', 'the window is closing');
    }
    const begun = clock.now();
    this.#givenUp = false;
    this.#running = server;
    changed(server);
    void server.ended.then(() => {
      this.#running = undefined;
      changed(undefined);
      void this.#ended(clock.now() - begun);
    });
    return server;
  }

  /** It ended. By itself, it is started again; where it was stopped nobody wants it. */
  async #ended(lifetime: number): Promise<void> {
    if (this.#over || this.kept?.wanted !== true) return;
    const why = new ServerStartError('failed', 'the discovery server ended by itself');
    this.#parts.log('error', `${why.message}, after ${Math.round(lifetime / 1000)} s`);
    if (lifetime >= STEADY_AFTER_MS) {
      await this.startAgain();
      return;
    }
    this.#givenUp = true;
    this.#parts.failed(why);
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#parts.clock.after(IN_USE_PAUSE_MS, resolve);
      this.#cancelPause = () => {
        cancel();
        resolve();
      };
      if (this.#over) this.#cancelPause();
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work, work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}
