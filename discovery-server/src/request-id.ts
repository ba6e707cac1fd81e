import type { IncomingMessage } from 'node:http';
import type { Trust } from './address.ts';
import type { Randomness } from './randomness.ts';

/** The header by which an answer, and a trusted proxy before it, names a request. */
export const REQUEST_ID_HEADER = 'X-Request-Id';

/** What a proxy may call a request: what is written to logs must not be able to break them. */
const FROM_PROXY = /^[A-Za-z0-9_-]{8,64}$/;

/** Names each request once, for the logs and for whoever asks about it. */
export class RequestIds {
  readonly #randomness: Randomness;
  readonly #trust: Trust;
  readonly #ids = new WeakMap<IncomingMessage, string>();

  constructor(randomness: Randomness, trust: Trust) {
    this.#randomness = randomness;
    this.#trust = trust;
  }

  /** The request's id: the one that a trusted proxy gave it, if it is one, or else a new one. */
  of(request: IncomingMessage): string {
    const known = this.#ids.get(request);
    if (known !== undefined) return known;
    const id = this.#given(request) ?? this.#randomness.requestId();
    this.#ids.set(request, id);
    return id;
  }

  #given({ headers, socket: { remoteAddress = '' } }: IncomingMessage): string | undefined {
    const given = headers['x-request-id'];
    if (typeof given !== 'string' || !FROM_PROXY.test(given)) return undefined;
    return this.#trust(remoteAddress, 0) ? given : undefined;
  }
}
