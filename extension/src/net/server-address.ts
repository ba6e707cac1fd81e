import { isLoopbackHost } from '@p2p-chat/protocol/addresses';
import type { ErrorCode } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { t } from '../core/words.ts';

/** What a person can do about a discovery server that cannot be used. */
export type DiscoveryErrorCode =
  | 'bad-address'
  | 'server-unreachable'
  | 'not-a-discovery-server'
  | 'server-unknown'
  | 'server-changed'
  | 'join-code'
  | 'name-invalid'
  | 'name-taken'
  | 'identity-has-other-name'
  | 'identity-lost';

/** The discovery server cannot be used or said no. The message says what to do, for a person. */
export class DiscoveryError extends Error {
  override readonly name = 'DiscoveryError';
  readonly code: DiscoveryErrorCode;
  /** The server's own code, when it is the server that said no. */
  readonly answer: ErrorCode | null;
  /** For `server-unknown` and `server-changed`: the key that the server shows. */
  readonly serverKey: Fingerprint | undefined;
  /** For `identity-has-other-name`: that name, where the server tells it. */
  readonly accountName: string | undefined;

  constructor(
    code: DiscoveryErrorCode,
    message: string,
    options: ErrorOptions & { answer?: ErrorCode; serverKey?: Fingerprint; accountName?: string } = {},
  ) {
    super(message, options);
    this.code = code;
    this.answer = options.answer ?? null;
    this.serverKey = options.serverKey;
    this.accountName = options.accountName;
  }
}

/**
 * The discovery server that a person typed, as its origin: no path, no trailing slash in `origin`.
 * @throws {DiscoveryError} bad-address
 */
export function parseServerAddress(text: string): URL {
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch (cause) {
    throw badAddress(
      t('"{0}" is not an address. Enter one such as http://127.0.0.1:8000.', brief(text)),
      cause,
    );
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw badAddress(t('"{0}" does not begin with http:// or https://.', brief(text)));
  }
  if (url.username !== '' || url.password !== '') {
    throw new DiscoveryError(
      'bad-address',
      t('The address of a discovery server has no user name or password.'),
    );
  }
  if (url.protocol === 'http:' && !isLoopback(url)) {
    throw badAddress(
      t(
        '"{0}" is on another computer. Without https:// anyone on the way could pretend to be that server; http:// works only for a server on this computer, such as http://127.0.0.1:8000.',
        brief(text),
      ),
    );
  }
  return new URL(url.origin);
}

/** What each refusal of the server means here, and its sentence. */
const REFUSALS: Readonly<Record<ErrorCode, readonly [DiscoveryErrorCode, () => string]>> = {
  'name-taken': ['name-taken', () => t('This name belongs to somebody else. Choose another one.')],
  'identity-registered': [
    'identity-has-other-name',
    () => t('You have another name on this discovery server already. Use that one.'),
  ],
  'identity-replaced': [
    'identity-lost',
    () =>
      t(
        'This identity was replaced by a newer one, which has its account on this discovery server. Import the newer one, or replace this one and choose another name.',
      ),
  ],
  'directory-full': [
    'server-unreachable',
    () => t('This discovery server takes no more accounts. Ask whoever runs it.'),
  ],
  'join-code': [
    'join-code',
    () =>
      t(
        'This discovery server makes new accounts only with its join code. Ask whoever runs it, or who invited you.',
      ),
  ],
  'too-many': [
    'server-unreachable',
    () => t('This discovery server is asked too often. Try again in a minute.'),
  ],
  unavailable: [
    'server-unreachable',
    () => t('The discovery server cannot do this now. Try again in a minute.'),
  ],
  'stale-nonce': ['server-unreachable', () => t('The discovery server took too long. Try again.')],
  'bad-request': [
    'not-a-discovery-server',
    () =>
      t('The discovery server does not understand this version of P2P Chat. One of the two needs an update.'),
  ],
  'bad-signature': [
    'not-a-discovery-server',
    () => t('The discovery server does not accept the proof of this identity. It may be of another version.'),
  ],
  'not-registered': [
    'not-a-discovery-server',
    () => t('This identity has no account on the discovery server.'),
  ],
  'not-found': [
    'not-a-discovery-server',
    () => t('The discovery server does not know this request. It may be of another version.'),
  ],
};

/**
 * What the server said no to, in this end's words: those of a server are never shown.
 * @param name that of this person's account, where the server told it; valid for a user
 */
export function refusedBy(answer: ErrorCode, name?: string): DiscoveryError {
  const [code, sentence] = REFUSALS[answer];
  if (answer !== 'identity-registered' || name === undefined) {
    return new DiscoveryError(code, sentence(), { answer });
  }
  const named = t('You are {0} on this discovery server already. Use that name.', name);
  return new DiscoveryError(code, named, { answer, accountName: name });
}

/** The join code that was given is not the server's. */
export function wrongJoinCode(): DiscoveryError {
  return new DiscoveryError(
    'join-code',
    t('This is not the join code of the discovery server. Ask whoever runs it, or who invited you.'),
    { answer: 'join-code' },
  );
}

/** Nothing that could be a discovery server answers. */
export function unreachable(server: URL, detail: string, cause: unknown): DiscoveryError {
  return new DiscoveryError(
    'server-unreachable',
    t('The discovery server at {0} cannot be reached: {1}. Is it running?', server.origin, detail),
    { cause },
  );
}

/** Whether this server is on this very machine: on plain HTTP no resolver has a say in that, see loopback-lookup.ts. */
export function isLoopback(server: URL): boolean {
  return isLoopbackHost(server.hostname);
}

function badAddress(sentence: string, cause?: unknown): DiscoveryError {
  return new DiscoveryError('bad-address', sentence, { cause });
}

/** As much of what was typed as a sentence has room for. */
function brief(text: string): string {
  return text.trim().slice(0, 100);
}
