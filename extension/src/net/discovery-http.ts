import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { z } from 'zod';
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
import { decodeJson, MalformedError } from '@p2p-chat/protocol/text';
import type { Clock } from '../core/ports.ts';
import { bindingOf } from './binding.ts';
import { errorText } from './errors.ts';
import { type ProxySettings, type Transport, transportFor } from './proxy.ts';
import { DiscoveryError, refusedBy } from './server-address.ts';

export { DiscoveryError, type DiscoveryErrorCode, parseServerAddress } from './server-address.ts';

/** How long one request may take, milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000;

export interface RegisterOptions {
  /** As parseServerAddress gives it. */
  readonly server: URL;
  readonly name: string;
  readonly identityKey: KeyPair;
  readonly clock: Clock;
  readonly proxy: ProxySettings;
  readonly signal?: AbortSignal;
}

/**
 * Makes the account, or finds it when this identity has it under this name already.
 * @throws {DiscoveryError}
 */
export async function register(options: RegisterOptions): Promise<{ created: boolean; user: User }> {
  const { server, name, identityKey } = options;
  if (!userName.safeParse(name).success) {
    throw new DiscoveryError('name-invalid', 'A name has 1 to 32 letters, digits, "-", "_" or ".".');
  }
  const transport = transportFor(server, options.proxy);
  const challenge = await post(options, transport, DiscoveryPath.challenges, challengeAnswer, {});
  const { nonce } = challenge.body;
  const signature = signStatement(
    identityKey.privateKey,
    registrationStatement(challenge.binding, nonce, name),
  );
  const account = await post(options, transport, DiscoveryPath.accounts, registrationAnswer, {
    name,
    identity: encodePublicKey(identityKey.publicKey),
    nonce,
    signature,
  });
  const { user } = account.body;
  if (user.identity !== fingerprintOf(identityKey.publicKey) || nameKey(user.name) !== nameKey(name)) {
    throw notADiscoveryServer(server, 'it answered for somebody else');
  }
  return { created: account.status === 201, user };
}

interface Answer<T> {
  readonly status: number;
  readonly body: T;
  /** What a signature for this connection is bound to. */
  readonly binding: string;
}

async function post<Schema extends z.ZodType>(
  options: RegisterOptions,
  transport: Transport,
  path: string,
  schema: Schema,
  body: unknown,
): Promise<Answer<z.output<Schema>>> {
  const { server } = options;
  const { status, bytes, binding } = await exchange(options, transport, path, JSON.stringify(body));
  try {
    if (status === 200 || status === 201) return { status, body: decodeJson(schema, bytes), binding };
    const { error } = decodeJson(errorBody, bytes);
    throw refusedBy(error.code);
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
  readonly binding: string;
}

/** One request on a connection of its own, which is closed after it. Redirections are answers like others. */
function exchange(
  options: RegisterOptions,
  transport: Transport,
  path: string,
  body: string,
): Promise<RawAnswer> {
  const { server, clock, signal } = options;
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
  const binding = bindingOf(response.socket);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue;
    length += chunk.length;
    // Leaving the loop destroys the response.
    if (length > MAX_HTTP_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, bytes: Buffer.concat(chunks), binding };
}

function unreachable(server: URL, detail: string, cause: unknown): DiscoveryError {
  return new DiscoveryError(
    'server-unreachable',
    `The discovery server at ${server.origin} cannot be reached: ${detail}. Is it running?`,
    { cause },
  );
}

function notADiscoveryServer(server: URL, detail: string, cause?: unknown): DiscoveryError {
  return new DiscoveryError(
    'not-a-discovery-server',
    `What answers at ${server.origin} is not a discovery server of P2P Chat (${detail}). Check the address.`,
    { cause },
  );
}
