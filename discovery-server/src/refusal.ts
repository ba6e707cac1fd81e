import type { ErrorCode } from '@p2p-chat/protocol/discovery';
import { STOPPING_RETRY_SECONDS } from './limits.ts';

/** The HTTP status that goes with each code, where nothing more exact is known. */
const STATUS: Readonly<Record<ErrorCode, number>> = {
  'bad-request': 400,
  'bad-signature': 401,
  'stale-nonce': 401,
  'name-taken': 409,
  'identity-registered': 409,
  'identity-replaced': 409,
  'directory-full': 507,
  'join-code': 403,
  'not-registered': 404,
  'not-found': 404,
  'too-many': 429,
  unavailable: 503,
};

/** A request is not granted. The message is for whoever asked: what is wrong, and nothing of the server's insides. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ErrorCode;
  readonly status: number;
  /** After how many seconds trying again may help, if that is known: the header Retry-After. */
  readonly retryAfter: number | undefined;
  /** The name of the account of whoever asked, where that is the reason. */
  readonly accountName: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    status: number = STATUS[code],
    { retryAfter, accountName }: { retryAfter?: number; accountName?: string } = {},
  ) {
    super(message);
    this.code = code;
    this.status = status;
    this.retryAfter = retryAfter;
    this.accountName = accountName;
  }
}

/** More than a limit allows. @param retryAfter seconds until it allows more */
export function tooMany(retryAfter: number): Refusal {
  return new Refusal('too-many', 'too many of these in a short time: try again later', undefined, {
    retryAfter,
  });
}

/** Nothing new is begun while the server stops; another one may be there soon. */
export function stopping(): Refusal {
  return new Refusal('unavailable', 'the server stops', undefined, { retryAfter: STOPPING_RETRY_SECONDS });
}

/** The JSON body of a refusal: `errorBody` of the protocol. @param request its id */
export function refusalBody({ code, message, accountName: name }: Refusal, request: string): string {
  return JSON.stringify({ error: { code, message, name, request } });
}
