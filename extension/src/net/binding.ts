import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { PLAIN_BINDING } from '@p2p-chat/protocol/discovery';
import { fingerprintOf } from '@p2p-chat/protocol/identity';
import { MalformedError } from '@p2p-chat/protocol/text';

/**
 * What a signature sent to a discovery server over this connection is bound to: on TLS the key of the certificate
 * that the server shows, so that nobody in between can use the signature with the real server.
 */
export function bindingOf(socket: Socket): string {
  if (!(socket instanceof TLSSocket)) return PLAIN_BINDING;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) throw new MalformedError('the server shows no certificate');
  return `tls:${fingerprintOf(certificate.publicKey)}`;
}
