import { X509Certificate } from 'node:crypto';
import {
  checkServerIdentity,
  createSecureContext,
  getCACertificates,
  type PeerCertificate,
  type SecureContext,
} from 'node:tls';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { fingerprintOf } from '@p2p-chat/protocol/identity';
import { errorCodeOf, isNetworkError } from './errors.ts';

/** TLS with a discovery server: under an authority, or with one key that was accepted for it. */

/** A certificate that a server showed, and whose key is accepted. */
export interface AcceptedCertificate {
  readonly key: Fingerprint;
  /** PEM. */
  readonly certificate: string;
}

/** How TLS with a discovery server is made. */
export interface ServerTls {
  readonly secureContext: SecureContext;
  readonly rejectUnauthorized: boolean;
  readonly checkServerIdentity: (host: string, certificate: PeerCertificate) => Error | undefined;
}

/** The server shows another key than the one that was accepted. */
export class ServerKeyError extends Error {
  override readonly name = 'ServerKeyError';
}

/** The host of a URL as TLS names it: an IPv6 address without brackets. */
export function hostOf(server: URL): string {
  return server.hostname.replace(/^\[|\]$/g, '');
}

/** Takes only a certificate that an authority of this machine bears out, for this server's name. */
export function authorityTls(server: URL): ServerTls {
  // A worker thread has none of VS Code's patches, so a company's own authority has to be asked for.
  const ca = [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
  return {
    // Made once for many connections: it parses some hundred certificates.
    secureContext: createSecureContext({ ca }),
    rejectUnauthorized: true,
    // Through a proxy Node would check an address as if it were "localhost".
    checkServerIdentity: (_, certificate) => checkServerIdentity(hostOf(server), certificate),
  };
}

/** As authorityTls made it, for another name. */
export function authorityFor(server: URL, authority: ServerTls): ServerTls {
  return {
    ...authority,
    checkServerIdentity: (_, certificate) => checkServerIdentity(hostOf(server), certificate),
  };
}

/** Takes only this key, whatever name and authority the certificate tells of. */
export function acceptedTls({ key, certificate }: AcceptedCertificate): ServerTls {
  return {
    secureContext: createSecureContext({ ca: [certificate], allowPartialTrustChain: true }),
    rejectUnauthorized: true,
    checkServerIdentity: (_, shown) =>
      keyOf(shown) === key ? undefined : new ServerKeyError('the server shows another key'),
  };
}

/** Whether a connection failed because TLS did not take what the server showed: it may be another one by now. */
export function isDistrust(error: unknown): boolean {
  // Authorities fail with one of some thirty codes, which no list of Node's tells apart from others.
  return error instanceof ServerKeyError || (errorCodeOf(error) !== '' && !isNetworkError(error));
}

function keyOf(certificate: PeerCertificate): Fingerprint {
  return fingerprintOf(new X509Certificate(certificate.raw).publicKey);
}
