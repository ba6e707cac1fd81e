import { StorageError } from '../core/storage-ports.ts';
import { ListenError } from '../net/listen-error.ts';
import { DiscoveryError } from '../net/server-address.ts';
import { PeerError, problemCode, type Problem } from '../peer-api.ts';
import { t } from '../core/words.ts';

/** What a failure on the way online means to a person. */
export function onlineError(error: unknown): PeerError {
  if (error instanceof PeerError) return error;
  if (error instanceof ListenError) return new PeerError(error.code, error.message, { cause: error });
  if (error instanceof StorageError) return new PeerError('storage-failed', error.message, { cause: error });
  if (error instanceof DiscoveryError) {
    const code = problemCode.safeParse(error.code).data ?? 'server-refused';
    return new PeerError(code, error.message, { cause: error, serverKey: error.serverKey });
  }
  return new PeerError('internal', t('Going online failed; the log tells more.'), { cause: error });
}

export function unreachable(origin: string): Problem {
  return {
    code: 'server-unreachable',
    message: t('The discovery server {0} does not answer. Is it running, and is the address right?', origin),
  };
}

export function signedInElsewhere(): Problem {
  return {
    code: 'signed-in-elsewhere',
    message: t(
      'You went online with another VS Code, so this one is offline. Go online here to take over again.',
    ),
  };
}

export function keyLost(name: string): Problem {
  return {
    code: 'identity-lost',
    message: t(
      'The key of the account {0} is not in this VS Code any longer. Import the identity from a file that you exported, or choose another name.',
      name,
    ),
  };
}

/** @param lost the account's name if it is one of an identity whose key is not here */
export function accountGone(origin: string, lost: string | null): Problem {
  if (lost !== null) return keyLost(lost);
  return {
    code: 'no-account',
    message: t('{0} does not know your account any longer. Go online again to make a new one.', origin),
  };
}
