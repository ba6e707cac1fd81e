import type { Logger } from 'pino';
import { PLAIN_BINDING, registration, registrationStatement, type User } from '@p2p-chat/protocol/discovery';
import { decodePublicKey, fingerprintOf, verifyStatement } from '@p2p-chat/protocol/identity';
import { decodeJson, MalformedError } from '@p2p-chat/protocol/text';
import type { Heartbeat } from './heartbeat.ts';
import { NoncePool } from './nonces.ts';
import type { Randomness } from './randomness.ts';
import { Refusal } from './refusal.ts';
import type { Roster } from './roster.ts';
import {
  type Account,
  type AccountStore,
  IdentityRegisteredError,
  NameTakenError,
  StoreFailedError,
  StoreFullError,
} from './store/account-store.ts';

/** What registration needs of the server. */
export interface RegistrationParts {
  readonly store: AccountStore;
  readonly roster: Roster;
  readonly heartbeat: Heartbeat;
  readonly randomness: Randomness;
  readonly logger: Logger;
}

/** The rules by which an identity gets an account. */
export class Registration {
  readonly #parts: RegistrationParts;
  readonly #nonces: NoncePool;

  constructor(parts: RegistrationParts) {
    this.#parts = parts;
    this.#nonces = new NoncePool(() => parts.randomness.nonce());
  }

  /** A nonce to sign: good for one registration. */
  challenge(): string {
    return this.#nonces.issue(this.#parts.heartbeat.moment().at);
  }

  /**
   * Makes the account that these bytes ask for; resolves once it is durable.
   * @returns the user, and whether the account is new
   * @throws {Refusal} with the code that the protocol gives to what is wrong
   */
  async register(body: Uint8Array): Promise<{ user: User; created: boolean }> {
    const { name, identity, created } = await this.#register(body).catch((error: unknown) => {
      if (error instanceof Refusal) {
        this.#parts.logger.info({ code: error.code }, `refused a registration: ${error.message}`);
      }
      throw error;
    });
    return { user: { name, identity }, created };
  }

  async #register(body: Uint8Array): Promise<Account & { created: boolean }> {
    const { store, roster, heartbeat, logger } = this.#parts;
    const request = decodeRegistration(body);
    const moment = heartbeat.moment();
    if (!this.#nonces.take(request.nonce, moment.at)) {
      throw new Refusal(
        'stale-nonce',
        'the nonce was used, is too old or is not of this server: ask for another',
      );
    }
    const key = decodeKey(request.identity);
    const statement = registrationStatement(PLAIN_BINDING, request.nonce, request.name);
    if (!verifyStatement(key, statement, request.signature)) {
      throw new Refusal('bad-signature', "the signature is not the identity key's over this registration");
    }
    const account: Account = {
      identity: fingerprintOf(key),
      name: request.name,
      registeredAt: moment.wall,
      lastSeen: null,
    };
    const outcome = await store.add(account).catch((error: unknown) => {
      if (error instanceof StoreFailedError) logger.error({ err: error }, `not registered: ${error.message}`);
      throw asRefusal(error);
    });
    if (outcome === 'added') {
      logger.info({ user: account.name }, `registered ${account.name}`);
      roster.registered(account);
    }
    return { ...account, created: outcome === 'added' };
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

function decodeKey(text: string): ReturnType<typeof decodePublicKey> {
  try {
    return decodePublicKey(text);
  } catch (error) {
    if (error instanceof TypeError) throw new Refusal('bad-request', `identity: ${error.message}`);
    throw error;
  }
}

function asRefusal(error: unknown): unknown {
  if (error instanceof NameTakenError) return new Refusal('name-taken', error.message);
  if (error instanceof IdentityRegisteredError) return new Refusal('identity-registered', error.message);
  if (error instanceof StoreFullError) return new Refusal('directory-full', error.message);
  if (error instanceof StoreFailedError) {
    return new Refusal('unavailable', 'the account could not be stored: try again later');
  }
  return error;
}
