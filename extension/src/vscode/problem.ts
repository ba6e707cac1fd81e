import { PeerError, type Problem } from '../peer-api.ts';

/** What a failed request tells the person. Anything but a PeerError is a fault of this program. */
export function problemOf(error: unknown): Problem {
  if (error instanceof PeerError) {
    const { code, message, serverKey } = error;
    return serverKey === undefined ? { code, message } : { code, message, serverKey };
  }
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}
