import type * as z from 'zod/mini';
import { SessionClose, type signInFrame, signInStatement } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { fingerprintOfEncoded } from '@p2p-chat/protocol/identity';
import { MalformedError } from '@p2p-chat/protocol/text';
import type { Binding } from '../binding.ts';
import type { Directory } from '../directory.ts';
import type { RateLimits } from '../rate-limits.ts';
import { Refusal } from '../refusal.ts';
import type { Roster } from '../roster.ts';
import type { Account } from '../store/account-store.ts';
import type { Verifier } from '../verifier.ts';

/** What a client says to the challenge. */
export type SignIn = z.infer<typeof signInFrame>;

/** What letting somebody in takes. */
export interface SignInParts {
  readonly directory: Directory;
  readonly signIns: RateLimits['signIns'];
}

/** Somebody is not let in. The message is for the client. */
export class SignInRefusal extends Error {
  override readonly name = 'SignInRefusal';
  /** With which the session is closed. */
  readonly code: number;
  /** For the log. */
  readonly note: string;

  constructor(code: number, message: string, note: string) {
    super(message);
    this.code = code;
    this.note = `refused a sign-in: ${note}`;
  }
}

/**
 * Whose key signed this challenge.
 * @throws {MalformedError | SignInRefusal} nobody's
 */
export async function provenIdentity(
  { identity, device, signature }: SignIn,
  nonce: string,
  { binding, verifier }: { binding: Binding; verifier: Pick<Verifier, 'isSignedBy'> },
): Promise<Fingerprint> {
  const statements = binding.texts().map((text) => signInStatement(text, nonce, device));
  const isProven = await verifier.isSignedBy(identity, statements, signature).catch((cause: unknown) => {
    if (!(cause instanceof TypeError)) throw cause;
    throw new MalformedError('identity: not a P-256 public key', { cause });
  });
  if (isProven) return fingerprintOfEncoded(identity);
  throw new SignInRefusal(
    SessionClose.badSignature,
    "the signature is not the identity key's over this challenge",
    'bad signature',
  );
}

/**
 * Resolves once what other instances know of this account is known here; undefined: there are no others.
 * @throws {SignInRefusal} by the promise: it cannot be known now, and nothing is known of this identity
 */
export function settledFor(
  identity: Fingerprint,
  { others, directory }: Pick<Roster, 'others' | 'directory'>,
): Promise<void> | undefined {
  return others?.settled().catch((error: unknown) => {
    // Whoever is known is let in by what is known.
    if (!(error instanceof Refusal)) throw error;
    if (directory.byIdentity(identity) !== undefined) return;
    throw new SignInRefusal(SessionClose.goingAway, error.message, 'accounts cannot be looked up');
  });
}

/**
 * The account to which somebody who has proved to be this identity signs in now.
 * @throws {SignInRefusal} they may not
 */
export function accountToSignIn(
  identity: Fingerprint,
  { device, takeOver }: SignIn,
  { directory, signIns }: SignInParts,
): Account {
  const account = directory.byIdentity(identity);
  if (account === undefined) throw notRegistered(identity, directory);
  const { name } = account;
  // Counted only now: whoever has not the key must not use up what its owner may do.
  if (!signIns.take(identity).granted) {
    throw new SignInRefusal(
      SessionClose.tooMany,
      'this account signs in too often: try again in a minute',
      `${name} signs in too often`,
    );
  }
  if (account.device !== undefined && account.device !== device && takeOver !== true) {
    throw new SignInRefusal(
      SessionClose.replaced,
      'another device signed in since: it is for the person to take over again',
      `${name} is on another device now`,
    );
  }
  return account;
}

function notRegistered(identity: Fingerprint, directory: Directory): SignInRefusal {
  if (directory.bySuccession(identity) === undefined) {
    return new SignInRefusal(
      SessionClose.notRegistered,
      'this identity has no account here: register first',
      'not registered',
    );
  }
  return new SignInRefusal(
    SessionClose.identityReplaced,
    'another identity took the place of this one',
    'the identity was replaced',
  );
}
