import { MAX_EARLY_BYTES, MAX_EARLY_REQUESTS } from '@p2p-chat/protocol/limits';
import { MalformedError } from '@p2p-chat/protocol/text';

/**
 * What came behind a sign-in while that is looked at: kept as it came, since nobody has proved anything. Not even whether it is
 * JSON is found out before.
 */
export class EarlyRequests {
  readonly #frames: Buffer[] = [];
  #bytes = 0;

  /** @throws {MalformedError} it is more than anybody may have kept here */
  add(frame: Buffer): void {
    this.#bytes += frame.length;
    if (this.#frames.length === MAX_EARLY_REQUESTS || this.#bytes > MAX_EARLY_BYTES) {
      throw new MalformedError('frame: too much before the welcome');
    }
    // It is a part of what was read from the socket at once, all of which would stay.
    const isMostOfIt = 2 * frame.length >= frame.buffer.byteLength;
    this.#frames.push(isMostOfIt ? frame : Buffer.from(frame));
  }

  /** In the order in which they came. */
  get all(): readonly Buffer[] {
    return this.#frames;
  }
}
