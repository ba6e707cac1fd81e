import { ResponseError } from 'vscode-jsonrpc/node';
import * as z from 'zod/mini';
import {
  peerPushes,
  peerRequests,
  problem,
  type PeerMethod,
  type PeerParams,
  type PeerPush,
  type PeerPushValue,
  type PeerResult,
  type Problem,
} from '../peer-api.ts';

/** What both ends of the local socket agree on, besides peer-api.ts: limits, names, and schemas found by name. */

/** From connecting to proven, milliseconds: local, so anything slower is a frozen or a wrong process. */
export const GREETING_TIMEOUT_MS = 5_000;

/** One message of somebody who has not proved the secret yet, bytes: a greeting is under 300. */
export const MAX_GREETING_BYTES = 4 * 1024;

/** One request of a window, bytes. The longest allowed text is 192 KiB as JSON; a longer one gets its own error. */
export const MAX_REQUEST_BYTES = 4 * 1024 * 1024;

/** One answer or push, bytes: a page of 500 texts of 32 KiB whose every character JSON escapes sixfold. */
export const MAX_ANSWER_BYTES = 128 * 1024 * 1024;

/** Bytes that a window may leave unread before it is dropped; it reads everything anew when it is back. */
export const MAX_BACKLOG_BYTES = 32 * 1024 * 1024;

/** Connections at once: far more windows than anybody opens. */
export const MAX_WINDOWS = 128;

/** `code` of an error whose `data` is a problem; every other error is one of the transport. */
export const PROBLEM = 1;

/** `code` of the answer to whatever comes before the proof. */
export const UNPROVEN = 2;

/** The peer's pushes travel as one notification, since a value may be an array. */
export const PUSH = 'push';
export const pushMessage = z.object({ name: z.string(), value: z.unknown() });

/** Asked by a window to see that the owner's thread goes on; an older owner does not know it, which answers as well. */
export const PING = 'ping';
/** How many windows were connected before this one, and still are: in this order they take over. */
export const pong = z.object({ place: z.int().check(z.gte(0)) });

/** Tells windows that a newer one takes over, so that those of the older version do not race for the lock. */
export const HANDED_OVER = 'handed-over';

type RequestSchemas = {
  readonly [M in PeerMethod]: {
    readonly params: z.ZodMiniType<PeerParams<M>>;
    readonly result: z.ZodMiniType<PeerResult<M>>;
  };
};
/** `peerRequests`, typed so that a method of a generic type finds its own schemas. */
export const requestSchemas: RequestSchemas = peerRequests;

type PushSchemas = { readonly [P in PeerPush]: z.ZodMiniType<PeerPushValue<P>> };
export const pushSchemas: PushSchemas = peerPushes;

export function isPeerMethod(name: string): name is PeerMethod {
  return Object.hasOwn(peerRequests, name);
}

export function isPeerPush(name: string): name is PeerPush {
  return Object.hasOwn(peerPushes, name);
}

export function problemResponse(data: Problem): ResponseError<Problem> {
  return new ResponseError(PROBLEM, data.message, data);
}

/** The problem that an error answer carries, if it carries one. */
export function problemOf(error: unknown): Problem | undefined {
  if (!(error instanceof ResponseError) || error.code !== PROBLEM) return undefined;
  const data: unknown = error.data;
  return problem.safeParse(data).data;
}
