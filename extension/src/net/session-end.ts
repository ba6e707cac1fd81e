import { SessionClose } from '@p2p-chat/protocol/discovery';
import type { DirectoryEvents } from '../core/net-ports.ts';
import type { DiscoveryErrorCode } from './server-address.ts';

/** Why there is no session. */
export type DisconnectReason = Parameters<DirectoryEvents['disconnected']>[0];

/** What a close code means for the next attempt: `unreachable` is tried again. */
export function disconnectReason(code: number): DisconnectReason {
  switch (code) {
    case SessionClose.replaced:
      return 'replaced';
    case SessionClose.notRegistered:
    case SessionClose.deleted:
      return 'not-registered';
    case SessionClose.badSignature:
    case SessionClose.identityReplaced:
      return 'refused';
    default:
      return 'unreachable';
  }
}

/**
 * What a look at the server finds that a person has to know and may mend; or it goes by itself, as a captive portal does
 * that answers in the server's place.
 */
export const DISTRUSTED: ReadonlySet<string> = new Set<DiscoveryErrorCode>([
  'server-changed',
  'server-unknown',
]);
