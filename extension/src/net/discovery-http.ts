import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { z } from 'zod/mini';
import {
  challengeAnswer,
  DiscoveryPath,
  errorBody,
  registrationAnswer,
  registrationStatement,
  type User,
} from '@p2p-chat/protocol/discovery';
import { encodePublicKey, fingerprintOf, type KeyPair, signStatement } from '@p2p-chat/protocol/identity';
import { MAX_HTTP_BODY_BYTES } from '@p2p-chat/protocol/limits';
import { nameKey, userName } from '@p2p-chat/protocol/names';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Succession } from '@p2p-chat/protocol/succession';
import { decodeJson, MalformedError } from '@p2p-chat/protocol/text';
import type { Clock } from '../core/ports.ts';
import { bindingFor, serverKeyOf } from './binding.ts';
import { errorText } from './errors.ts';
import type { ServerAccess } from './server-access.ts';
import { DiscoveryError, refusedBy, unreachable, wrongJoinCode } from './server-address.ts';
import { t } from '../core/words.ts';

export { DiscoveryError, type DiscoveryErrorCode, parseServerAddress } from './server-address.ts';

/** How long one request may take, milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000;

export interface RegisterOptions {
  readonly access: ServerAccess;
  readonly name: string;
  readonly identityKey: KeyPair;
  /** How the identity followed on others, oldest first: the account of one of those is handed on to it. */
  readonly successions: readonly Succession[];
  /** For a new account on a server that asks for it. */
  readonly joinCode: string | null;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/**
 * Makes the account, or finds it when this identity, or one before it, has it already. The name in the result is the
 * account's: one that was handed on keeps the name that it had.
 * @throws {DiscoveryError}
 */
export async function register(options: RegisterOptions): Promise<{ created: boolean; user: User }> {
  const { access, name, identityKey, successions, joinCode } = options;
  if (!userName.safeParse(name).success) throw invalidName();
  const challenge = await post(options, DiscoveryPath.challenges, challengeAnswer, {});
  const { nonce, binding } = challenge.body;
  const statement = registrationStatement(bindingFor(binding, challenge.seen, access), nonce, name);
  const account = await post(options, DiscoveryPath.accounts, registrationAnswer, {
    name,
    identity: encodePublicKey(identityKey.publicKey),
    nonce,
    signature: signStatement(identityKey.privateKey, statement),
    ...(joinCode === null ? {} : { joinCode }),
    ...(successions.length === 0 ? {} : { successions }),
  });
  const { user } = account.body;
  const handedOn = account.status === 200 && successions.length > 0;
  if (
    user.identity !== fingerprintOf(identityKey.publicKey) ||
    (nameKey(user.name) !== nameKey(name) && !handedOn)
  ) {
    throw notADiscoveryServer(access.server, 'it answered for somebody else');
  }
  return { created: account.status === 201, user };
}

/** The sentence for a name that no user can have. */
export function invalidName(): DiscoveryError {
  return new DiscoveryError(
    'name-invalid',
    t('A name has 1 to 32 letters, digits, "-", "_" or ".", with a letter or a digit among them.'),
  );
}

interface Answer<T> {
  readonly status: number;
  readonly body: T;
  /** The key that the server showed on this connection. */
  readonly seen: Fingerprint | null;
}

async function post<Schema extends z.ZodMiniType>(
  options: RegisterOptions,
  path: string,
  schema: Schema,
  body: unknown,
): Promise<Answer<z.output<Schema>>> {
  const { server } = options.access;
  const { status, bytes, seen } = await exchange(options, path, JSON.stringify(body));
  try {
    if (status === 200 || status === 201) return { status, body: decodeJson(schema, bytes), seen };
    const { error } = decodeJson(errorBody, bytes);
    if (error.code === 'join-code' && options.joinCode !== null) throw wrongJoinCode();
    throw refusedBy(error.code, error.name);
  } catch (cause) {
    if (!(cause instanceof MalformedError)) throw cause;
    // A proxy or a load balancer speaks for a server that is not there.
    if (status === 407 || status >= 500) throw unreachable(server, `HTTP status ${status}`, cause);
    throw notADiscoveryServer(server, `HTTP status ${status}`, cause);
  }
}

interface RawAnswer {
  readonly status: number;
  readonly bytes: Buffer;
  readonly seen: Fingerprint | null;
}

/** One request on a connection of its own, which is closed after it. Redirections are answers like others. */
function exchange(options: RegisterOptions, path: string, body: string): Promise<RawAnswer> {
  const { clock, signal } = options;
  const { server, transport } = options.access;
  return new Promise((resolve, reject) => {
    const send = server.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(new URL(path, server), {
      agent: false,
      ...transport,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      maxHeaderSize: 16 * 1024,
    });
    const settle = (): void => {
      cancelTimer();
      signal?.removeEventListener('abort', onAbort);
    };
    const fail = (cause: unknown): void => {
      settle();
      request.destroy();
      reject(cause instanceof DiscoveryError ? cause : unreachable(server, errorText(cause), cause));
    };
    const onAbort = (): void => fail(new Error('no longer wanted'));
    const cancelTimer = clock.after(REQUEST_TIMEOUT_MS, () => fail(new Error('no answer in time')));
    request.on('error', fail);
    request.once('response', (response) => {
      readAnswer(response).then((answer) => {
        settle();
        if (answer === undefined) reject(notADiscoveryServer(server, 'its answer is too long'));
        else resolve(answer);
      }, fail);
    });
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted === true) onAbort();
    else request.end(body);
  });
}

/** The whole answer, or undefined when it is longer than an answer can be. */
async function readAnswer(response: IncomingMessage): Promise<RawAnswer | undefined> {
  // Read first: the socket is gone once the answer ended.
  const seen = serverKeyOf(response.socket);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue;
    length += chunk.length;
    // Leaving the loop destroys the response.
    if (length > MAX_HTTP_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, bytes: Buffer.concat(chunks), seen };
}

function notADiscoveryServer(server: URL, detail: string, cause?: unknown): DiscoveryError {
  return new DiscoveryError(
    'not-a-discovery-server',
    t(
      'What answers at {0} is not a discovery server of P2P Chat ({1}). Check the address.',
      server.origin,
      detail,
    ),
    { cause },
  );
}
