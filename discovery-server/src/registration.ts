import type { Logger } from 'pino';
import { registration, registrationStatement, type User } from '@p2p-chat/protocol/discovery';
import { fingerprintOfEncoded } from '@p2p-chat/protocol/identity';
import { decodeJson, MalformedError } from '@p2p-chat/protocol/text';
import { refusalOf } from './accounts.ts';
import type { Admission } from './admission.ts';
import type { Binding } from './binding.ts';
import { keptSuccessions, predecessorOf, provenEarlier } from './handover.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { Metrics } from './metrics.ts';
import type { Nonces } from './nonces.ts';
import { Refusal } from './refusal.ts';
import type { RefusalLog } from './refusal-log.ts';
import type { Reservations } from './reservations.ts';
import type { Roster } from './roster.ts';
import { type Account, type AccountStore, IdentityReplacedError } from './store/account-store.ts';
import type { Verifier } from './verifier.ts';

/** What registration needs of the server. */
export interface RegistrationParts {
  readonly store: AccountStore;
  readonly roster: Roster;
  readonly heartbeat: Heartbeat;
  readonly nonces: Nonces;
  readonly logger: Logger;
  readonly binding: Binding;
  readonly verifier: Pick<Verifier, 'isSignedBy'>;
  readonly admission: Admission;
  readonly reservations: Reservations;
  readonly refusals: RefusalLog;
  readonly metrics: Metrics;
}

/** Where a registration comes from. */
export interface RegistrationOrigin {
  /** As addressGroup names it: for limits. */
  readonly address: string;
  /** The id of the request: for logs. */
  readonly request: string;
}

/** The rules by which an identity gets an account. */
export class Registration {
  readonly #parts: RegistrationParts;

  constructor(parts: RegistrationParts) {
    this.#parts = parts;
  }

  /** A nonce to sign: good for one registration. */
  challenge(): string {
    return this.#parts.nonces.issue(this.#parts.heartbeat.moment().at);
  }

  /**
   * Makes the account that these bytes ask for, or hands on that of an identity before; resolves once it is durable.
   * @returns the user, and whether the account is new
   * @throws {Refusal} with the code that the protocol gives to what is wrong
   */
  async register(body: Uint8Array, origin: RegistrationOrigin): Promise<{ user: User; created: boolean }> {
    const { refusals, heartbeat, metrics } = this.#parts;
    const { name, identity, created } = await this.#register(body, origin).catch((error: unknown) => {
      if (error instanceof Refusal) {
        metrics.registered(error.code);
        const { at } = heartbeat.moment();
        refusals.note(`refused a registration: ${error.message}`, at, origin.request);
      }
      throw error;
    });
    metrics.registered(created ? 'created' : 'known');
    return { user: { name, identity }, created };
  }

  async #register(body: Uint8Array, origin: RegistrationOrigin): Promise<Account & { created: boolean }> {
    const { store, roster, heartbeat, nonces, logger, binding, verifier, admission } = this.#parts;
    const request = decodeRegistration(body);
    const moment = heartbeat.moment();
    const isFresh = await Promise.resolve(nonces.take(request.nonce, moment.at)).catch((error: unknown) => {
      throw refusalOf(error, logger);
    });
    if (!isFresh) {
      throw new Refusal(
        'stale-nonce',
        'the nonce was used, is too old or is not of this server: ask for another',
      );
    }
    const { nonce, name, signature } = request;
    const statements = binding.texts().map((text) => registrationStatement(text, nonce, name));
    const isSigned = await verifier
      .isSignedBy(request.identity, statements, signature)
      .catch((error: unknown) => {
        if (error instanceof TypeError) throw new Refusal('bad-request', `identity: ${error.message}`);
        throw error;
      });
    if (!isSigned) {
      throw new Refusal('bad-signature', "the signature is not the identity key's over this registration");
    }
    const identity = fingerprintOfEncoded(request.identity);
    await roster.others?.settled();
    const chain = request.successions ?? [];
    const earlier = provenEarlier(chain, identity);
    const known = roster.directory.byIdentity(identity) !== undefined;
    const predecessor = known ? undefined : predecessorOf(earlier, roster.directory);
    if (predecessor !== undefined) {
      const { registeredAt, lastSeen } = predecessor;
      const kept = keptSuccessions(chain, roster.directory, predecessor);
      const next = { identity, name, registeredAt, lastSeen, ...kept };
      await this.#handOn(predecessor, next);
      return { ...next, created: false };
    }
    const heir = known ? undefined : roster.directory.bySuccession(identity);
    // Said before anybody is asked for a join code: none would help.
    if (heir !== undefined) throw refusalOf(new IdentityReplacedError(heir.name), logger);
    const account: Account = {
      identity,
      name: request.name,
      registeredAt: moment.wall,
      lastSeen: null,
      ...keptSuccessions(chain, roster.directory),
    };
    const giveBack = known ? undefined : await admission.admit(name, request.joinCode, origin.address);
    const outcome = await store.add(account).catch((error: unknown) => {
      giveBack?.();
      throw refusalOf(error, logger);
    });
    if (outcome === 'existing') giveBack?.();
    if (outcome === 'added') {
      await this.#parts.reservations.release(name).catch((error: unknown) => {
        logger.warn(
          { err: error, request: origin.request },
          'that a name is kept no more could not be stored',
        );
      });
      logger.info({ user: account.name, request: origin.request }, `registered ${account.name}`);
      roster.registered(account);
    }
    return { ...account, created: outcome === 'added' };
  }

  /** Hands an account on to the identity that followed on its own; no new account, so no join code. */
  async #handOn(predecessor: Account, account: Account): Promise<void> {
    const { store, roster, logger } = this.#parts;
    const lastSeen = roster.describe(predecessor).lastSeen;
    const outcome = await store
      .replace(predecessor.identity, { ...account, lastSeen })
      .catch((error: unknown) => {
        throw refusalOf(error, logger);
      });
    if (outcome === 'replaced') roster.handedOn(predecessor.identity, { ...account, lastSeen });
  }
}

function decodeRegistration(body: Uint8Array): ReturnType<typeof registration.parse> {
  try {
    return decodeJson(registration, body);
  } catch (error) {
    if (error instanceof MalformedError) throw new Refusal('bad-request', error.message);
    throw error;
  }
}
