import type { PeerError, Problem } from '../peer-api.ts';

/** An error as it travels to a window. */
export function problemFrom({ code, message, serverKey }: PeerError): Problem {
  return serverKey === undefined ? { code, message } : { code, message, serverKey };
}
