import type { Endpoint } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Channel, DialAttempt, Dialer, Directory } from './net-ports.ts';
import type { Cancel, Clock, Log } from './ports.ts';
import { DialError, DirectoryUnavailable } from './net-ports.ts';
import { race } from './race.ts';

/** How long a contact's addresses alone are dialled before the contact is asked to dial, milliseconds. */
export const DIRECT_ALONE_MS = 2_500;

/** How long a contact who was asked to dial has for it before the relay is tried, milliseconds. */
export const DIAL_BACK_MS = 3_000;

export interface WaysParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly dialer: Dialer;
  /** The session with the discovery server; null while this device is not online. */
  readonly directory: () => Directory | null;
}

/** A way past what stands between two who cannot reach each other, with the server's help. */
export type Detour = (typeof DETOURS)[number];

/** In the order in which they are gone. */
export const DETOURS = ['dial-back', 'relay'] as const;

/** What one attempt is made of. */
export interface Reach {
  readonly endpoints: readonly Endpoint[];
  /** Whether the contact is online, as far as the server says: only then may they be asked for anything. */
  readonly isThere: boolean;
  readonly signal: AbortSignal;
  /** See Dialer. */
  readonly ended: (attempt: DialAttempt) => void;
  /** This way led nowhere. */
  readonly inVain: (way: Detour) => void;
}

/**
 * The ways to a contact without a link, one after another, each when the one before has led nowhere or takes long: their
 * addresses; to ask them to dial, after which a link comes by itself and nothing more is wanted here; the relay.
 */
export class Ways {
  readonly #parts: WaysParts;

  constructor(parts: WaysParts) {
    this.#parts = parts;
  }

  /**
   * Gives the first channel to the contact.
   * @throws {DialError} when there is no way
   */
  async reach(identity: Fingerprint, { endpoints, isThere, signal, ended, inVain }: Reach): Promise<Channel> {
    const { dialer, clock } = this.#parts;
    const directory = isThere ? this.#parts.directory() : null;
    const { dialBack, relay } = directory?.offers ?? { dialBack: false, relay: false };
    if (directory === null || !(dialBack || relay)) return dialer.dial(identity, endpoints, signal, ended);
    let failure: unknown = new DialError([]);
    const direct = async (lost: AbortSignal): Promise<Channel> => {
      try {
        return await dialer.dial(identity, endpoints, lost, ended);
      } catch (error) {
        failure = error;
        throw error;
      }
    };
    const detour =
      (way: Detour, go: (lost: AbortSignal) => Promise<Channel>) =>
      async (lost: AbortSignal): Promise<Channel> => {
        try {
          return await go(lost);
        } catch (error) {
          if (!lost.aborted) inVain(way);
          throw error;
        }
      };
    const channel = await race({
      attempts: [
        direct,
        ...(dialBack ? [detour('dial-back', (lost) => this.#dialBack(directory, identity, lost))] : []),
        ...(relay ? [detour('relay', (lost) => this.#relay(directory, identity, lost))] : []),
      ],
      clock,
      staggerMs: [DIRECT_ALONE_MS, DIAL_BACK_MS],
      signal,
      discard,
    });
    if (signal.aborted) {
      if (channel !== undefined) discard(channel);
      signal.throwIfAborted();
    }
    if (channel === undefined) throw failure;
    return channel;
  }

  /** Never gives a channel: the contact's own dialling does, to this device's port. */
  async #dialBack(directory: Directory, identity: Fingerprint, lost: AbortSignal): Promise<never> {
    await directory.dialBack(identity);
    await new Promise<void>((resolve) => {
      const cancel: Cancel = this.#parts.clock.after(DIAL_BACK_MS, resolve);
      const stop = (): void => {
        cancel();
        resolve();
      };
      lost.addEventListener('abort', stop, { once: true });
      if (lost.aborted) stop();
    });
    throw new DirectoryUnavailable('nobody dialled back');
  }

  async #relay(directory: Directory, identity: Fingerprint, lost: AbortSignal): Promise<Channel> {
    try {
      return await directory.relay(identity, lost);
    } catch (error) {
      if (!lost.aborted) this.#parts.log('debug', `No relay to ${identity.slice(0, 8)}: ${String(error)}`);
      throw error;
    }
  }
}

/** Closes a channel that came second. */
function discard(channel: Channel): void {
  channel.bind({ frame: () => undefined, closed: () => undefined });
  channel.close(1000, 'another way was faster');
}
