import { type BindingKind, originBinding, plainBinding, tlsBinding } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';

/** What signatures for this server are bound to besides their nonce, so that they prove nothing to another server. */
export interface Binding {
  /** What a challenge asks for. */
  readonly kind: BindingKind;
  /** What the client must then have signed: one of these, as of now. */
  readonly texts: () => readonly string[];
}

/**
 * The binding of a server.
 * @param publicOrigin the address that clients are given, when a proxy shows them its own certificate
 * @param key of this server's own certificate
 * @param ports of the addresses by which clients come without one; asked only once the server listens
 */
export function bindingOf(
  publicOrigin: string | undefined,
  key: Fingerprint | undefined,
  ports: () => readonly number[],
): Binding {
  if (publicOrigin !== undefined) return fixed('origin', originBinding(publicOrigin));
  if (key !== undefined) return fixed('tls', tlsBinding(key));
  return { kind: 'plain', texts: () => ports().map(plainBinding) };
}

function fixed(kind: BindingKind, text: string): Binding {
  return { kind, texts: () => [text] };
}
