import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { type BindingKind, originBinding, plainBinding, tlsBinding } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { fingerprintOf } from '@p2p-chat/protocol/identity';
import { MalformedError } from '@p2p-chat/protocol/text';
import type { ServerAccess } from './server-access.ts';
import { DiscoveryError } from './server-address.ts';
import { readChain } from './tls.ts';
import { t } from '../core/words.ts';

/**
 * The key of the certificate that a server shows on this connection; null on plain HTTP.
 * @throws {MalformedError} when TLS came up without a certificate
 */
export function serverKeyOf(socket: Socket): Fingerprint | null {
  if (!(socket instanceof TLSSocket)) return null;
  const [certificate] = readChain(socket);
  if (certificate === undefined) throw new MalformedError('the server shows no certificate');
  return fingerprintOf(certificate.publicKey);
}

/**
 * What a signature for this server is bound to, formed from what this end sees, so that nobody can use it elsewhere.
 * @param asked what the server wants
 * @param seen the key on the very connection that the challenge came by
 * @throws {DiscoveryError} not-a-discovery-server, when what is asked would prove something to somebody else as well:
 * nothing may be signed then
 */
export function bindingFor(
  asked: BindingKind,
  seen: Fingerprint | null,
  { server, trust }: Pick<ServerAccess, 'server' | 'trust'>,
): string {
  switch (asked) {
    case 'plain':
      // A URL leaves out the port of its scheme.
      if (seen === null) return plainBinding(Number(server.port || 80));
      throw disagreement(
        server,
        t(
          'It asks for a sign-in without protection over a protected connection. Whoever runs it should look at how it is set up; behind a proxy it needs --public-url.',
        ),
      );
    case 'tls':
      if (seen !== null) return tlsBinding(seen);
      throw disagreement(
        server,
        t('It has a certificate, which a connection without https:// does not show. Use https://.'),
      );
    case 'origin':
      if (seen === null) {
        throw disagreement(
          server,
          t('It works only by its public https:// address. Ask whoever runs it for that.'),
        );
      }
      // Whoever stood in between at first use could pass such a signature on to the real server.
      if (trust.by === 'authority' || trust.by === 'invite') return originBinding(server.origin);
      throw disagreement(
        server,
        t(
          'It is behind a proxy, where a key that was accepted at first use is not enough. Ask a colleague for an invite, or whoever runs it for a certificate of an authority.',
        ),
      );
  }
}

function disagreement({ origin }: URL, sentence: string): DiscoveryError {
  return new DiscoveryError('not-a-discovery-server', t('You cannot sign in to {0}. {1}', origin, sentence));
}
