import { type BindingKind, originBinding, PLAIN_BINDING, tlsBinding } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';

/** What signatures for this server are bound to besides their nonce, so that they prove nothing to another server. */
export interface Binding {
  /** What a challenge asks for. */
  readonly kind: BindingKind;
  /** What the client must then have signed. */
  readonly text: string;
}

/**
 * The binding of a server.
 * @param publicOrigin the address that clients are given, when a proxy shows them its own certificate
 * @param key of this server's own certificate
 */
export function bindingOf(publicOrigin: string | undefined, key: Fingerprint | undefined): Binding {
  if (publicOrigin !== undefined) return { kind: 'origin', text: originBinding(publicOrigin) };
  if (key !== undefined) return { kind: 'tls', text: tlsBinding(key) };
  return { kind: 'plain', text: PLAIN_BINDING };
}
