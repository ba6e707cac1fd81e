import type { ErrorCode } from '@p2p-chat/protocol/discovery';

/** The HTTP status that goes with each code, where nothing more exact is known. */
const STATUS: Readonly<Record<ErrorCode, number>> = {
  'bad-request': 400,
  'bad-signature': 401,
  'stale-nonce': 401,
  'name-taken': 409,
  'identity-registered': 409,
  'directory-full': 507,
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

  constructor(code: ErrorCode, message: string, status: number = STATUS[code]) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** The JSON body of a refusal: `errorBody` of the protocol. */
export function refusalBody({ code, message }: Refusal): string {
  return JSON.stringify({ error: { code, message } });
}
