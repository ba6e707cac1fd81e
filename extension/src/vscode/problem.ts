import { PeerError, type Problem } from '../peer-api.ts';

/** What a failed request tells the person. Anything but a PeerError is a fault of this program. */
export function problemOf(error: unknown): Problem {
  if (error instanceof PeerError) return { code: error.code, message: error.message };
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}
