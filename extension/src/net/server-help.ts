import type { Duplex } from 'node:stream';
import { type Call, OFFERS_DIAL_BACK, OFFERS_RELAY } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { type Channel, type DialBackCall, type Directory, DirectoryUnavailable } from '../core/net-ports.ts';
import type { Clock, Log } from '../core/ports.ts';
import { seldom } from '../core/seldom.ts';
import type { LinkDialer } from './dialer.ts';
import { errorText } from './errors.ts';
import { relayAccess } from './relay-access.ts';
import { openRelay } from './relay-stream.ts';
import type { ServerAccess } from './server-access.ts';

/** Relays that are gone into at once: whoever makes this device go into more is no hurried contact. */
const MAX_JOINING = 8;

export interface HelpParts {
  readonly clock: Clock;
  readonly log: Log;
  /** What makes a link of a stream through the relay. */
  readonly through: LinkDialer['through'];
  /** Takes a stream by which somebody came through the relay, as if they had dialled this device. */
  readonly joined: (stream: Duplex) => void;
}

/** What a discovery server does for two who cannot reach each other, as far as it says that it does. */
export class ServerHelp {
  /** As the last welcome had it. */
  offers: readonly string[] = [];
  readonly #parts: HelpParts;
  readonly #log: Log;
  readonly #stopped: AbortSignal;
  #joining = 0;

  /** @param stopped when nobody is met any longer */
  constructor(parts: HelpParts, stopped: AbortSignal) {
    this.#parts = parts;
    this.#log = seldom(parts.log, parts.clock);
    this.#stopped = stopped;
  }

  /** @param isOpen whether the session is open */
  offered(isOpen: boolean): Directory['offers'] {
    const offers = (what: string): boolean => isOpen && this.offers.includes(what);
    return { dialBack: offers(OFFERS_DIAL_BACK), relay: offers(OFFERS_RELAY) };
  }

  /**
   * Meets somebody in the relay and makes a link of it.
   * @throws {DirectoryUnavailable}
   */
  async relay(
    where: {
      readonly access: ServerAccess | null;
      readonly ticket: string | undefined;
      readonly address: string | undefined;
    },
    identity: Fingerprint,
    signal: AbortSignal,
  ): Promise<Channel> {
    const { clock, through } = this.#parts;
    const { access, ticket, address } = where;
    if (ticket === undefined || access === null || signal.aborted) {
      throw new DirectoryUnavailable('the discovery server answered without a ticket');
    }
    try {
      const way = relayAccess(access, address);
      return await through(await openRelay({ access: way, ticket, clock, signal }), identity, signal);
    } catch (cause) {
      throw new DirectoryUnavailable(`the relay led nowhere: ${errorText(cause)}`, { cause });
    }
  }

  /** Somebody asks for something by way of the server. Who they are the TLS of a link shows. */
  called(call: Call, access: ServerAccess, dialBack: (call: DialBackCall) => void): void {
    if (call.type === 'relay') this.#join(access, call);
    else dialBack({ identity: call.identity, endpoints: call.endpoints });
  }

  #join(access: ServerAccess, { ticket, address }: Extract<Call, { type: 'relay' }>): void {
    if (this.#joining >= MAX_JOINING || this.#stopped.aborted) return;
    this.#joining += 1;
    const { clock, joined } = this.#parts;
    // In a turn of its own, in which whatever is wrong with the address is told as all else.
    Promise.resolve()
      .then(() => openRelay({ access: relayAccess(access, address), ticket, clock, signal: this.#stopped }))
      .then(
        (stream) => (this.#stopped.aborted ? stream.destroy() : joined(stream)),
        (error: unknown) => this.#log('debug', `Somebody in the relay could not be met: ${errorText(error)}`),
      )
      .finally(() => (this.#joining -= 1))
      .catch((error: unknown) => this.#log('error', `The relay: ${errorText(error)}`));
  }
}
