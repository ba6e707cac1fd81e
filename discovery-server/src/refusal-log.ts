import type { Logger } from 'pino';
import { REFUSAL_LOG_MS } from './limits.ts';

/**
 * Lines about what clients were refused, which they can cause as often as they like: at most one in REFUSAL_LOG_MS, the
 * first at once, the others as a number in the next one. Each has its own line at the level `debug`.
 */
export class RefusalLog {
  readonly #logger: Logger;
  #unwritten = 0;
  #last = '';
  #lastRequest: string | undefined;
  #quietUntil = -Infinity;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /**
   * @param what such as "refused a sign-in: bad signature"; never what a stranger sent
   * @param at milliseconds
   * @param request the id of the request that it was
   */
  note(what: string, at: number, request?: string): void {
    this.#logger.debug({ request }, what);
    this.#unwritten += 1;
    this.#last = what;
    this.#lastRequest = request;
    this.beat(at);
  }

  /** Writes what is due: to be called now and then. */
  beat(at: number): void {
    if (this.#unwritten === 0 || at < this.#quietUntil) return;
    const others = this.#unwritten - 1;
    this.#logger.info(
      { request: this.#lastRequest },
      others === 0 ? this.#last : `${this.#last} (and ${others} other refusals since the last such line)`,
    );
    this.#unwritten = 0;
    this.#quietUntil = at + REFUSAL_LOG_MS;
  }
}
