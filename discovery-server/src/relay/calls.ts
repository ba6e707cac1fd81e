import { type Call, OFFERS_DIAL_BACK, OFFERS_RELAY, TAKES_RELAY_ADDRESS } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Metrics } from '../metrics.ts';
import { Refusal } from '../refusal.ts';
import type { Roster } from '../roster.ts';
import type { Relay } from './relay.ts';

/** What calling takes. */
export interface CallsParts {
  readonly roster: Pick<Roster, 'directory' | 'describe' | 'call' | 'takes' | 'isHere'>;
  /** Undefined: there is none. */
  readonly relay: Relay | undefined;
  readonly metrics: Pick<Metrics, 'called'>;
  /** Where both clients come to this server, of several, and to no other; undefined: they come where their sessions are. */
  readonly instanceUrl: string | undefined;
}

/** What one client asks of another by way of the server. Whether the other wants it is for the other to decide. */
export class Calls {
  readonly #parts: CallsParts;

  constructor(parts: CallsParts) {
    this.#parts = parts;
  }

  /** What welcomes tell of. */
  get offers(): string[] {
    return [OFFERS_DIAL_BACK, ...(this.#parts.relay === undefined ? [] : [OFFERS_RELAY])];
  }

  /** Asks a user to dial another one's device. What becomes of it is not said. */
  dialBack(from: Fingerprint, to: Fingerprint): void {
    const { device, endpoints } = this.#askedBy(from);
    this.#parts.metrics.called('dial-back');
    this.#parts.roster.call(to, { type: 'dial-back', identity: from, device, endpoints });
  }

  /**
   * Asks a user to meet another one in the relay.
   * @param address of whoever asks, as addressGroup names it
   * @returns the ticket of whoever asks, and where it is good if that is not where the session is
   * @throws {Refusal} unavailable, too-many
   */
  relay(from: Fingerprint, to: Fingerprint, address: string): { ticket: string; address?: string } {
    const { roster, relay, metrics, instanceUrl } = this.#parts;
    metrics.called('relay');
    if (relay === undefined) throw new Refusal('unavailable', 'this server has no relay');
    const { device } = this.#askedBy(from);
    if (from === to || !roster.takes(to, 'relay')) {
      throw new Refusal('unavailable', 'this user is not to be had in the relay now');
    }
    const where = instanceUrl === undefined ? {} : { address: instanceUrl };
    if (instanceUrl === undefined && !roster.isHere(to)) {
      throw new Refusal(
        'unavailable',
        'this user is at another instance, and this one has no address of its own',
      );
    }
    if (instanceUrl !== undefined && ![from, to].every((each) => roster.takes(each, TAKES_RELAY_ADDRESS))) {
      throw new Refusal('unavailable', 'one of the two clients does not know how to come to this instance');
    }
    const { own, others } = relay.invite(from, to, address);
    roster.call(to, { type: 'relay', identity: from, device, ticket: others, ...where });
    return { ticket: own, ...where };
  }

  #askedBy(identity: Fingerprint): Pick<Extract<Call, { type: 'dial-back' }>, 'device' | 'endpoints'> {
    const { roster } = this.#parts;
    const account = roster.directory.byIdentity(identity);
    const presence = account && roster.describe(account);
    // Another session took over since.
    if (presence === undefined || presence.device === null)
      throw new Refusal('unavailable', 'you are not online');
    return { device: presence.device, endpoints: presence.endpoints };
  }
}
