import { constants, X509Certificate } from 'node:crypto';
import {
  type ConnectionOptions,
  createSecureContext,
  type DetailedPeerCertificate,
  type TLSSocket,
  type TlsOptions,
} from 'node:tls';
import {
  CertificateError,
  type ChainIdentity,
  type DeviceCredentials,
  verifyChain,
} from '@p2p-chat/protocol/certificates';
import { LINK_ALPN } from '@p2p-chat/protocol/link';

/**
 * TLS as a link uses it: 1.3 only, both certificates, this protocol's ALPN, and who the other is decided here by
 * the chain alone, never by an authority.
 */

/** One more than a chain may have: enough to see that it is too long, whatever its length. */
const MAX_CHAIN_READ = 3;

/** What both ends of a link have in common. */
function commonOptions(credentials: DeviceCredentials): ConnectionOptions & TlsOptions {
  return {
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    ALPNProtocols: [LINK_ALPN],
    requestCert: true,
    // No authority signs these chains; `authenticate` refuses what is not a device under an identity.
    rejectUnauthorized: false,
    key: credentials.key,
    cert: credentials.chain,
    // An empty list keeps the machine's authorities out, so that no certificate is completed from anywhere.
    ca: [],
    // A resumed session shows no certificates.
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}

/** Options for the end that listens. */
export function serverTlsOptions(credentials: DeviceCredentials): TlsOptions {
  return { ...commonOptions(credentials), sessionTimeout: 1 };
}

/** Options for the end that dials; made once for many connections, since it parses key and chain. */
export function clientTlsOptions(credentials: DeviceCredentials): ConnectionOptions {
  const options = commonOptions(credentials);
  return {
    ...options,
    secureContext: createSecureContext(options),
    checkServerIdentity: () => undefined,
  };
}

/**
 * The certificates that the other end sent, from its own to the last that issued one; what stands in its list besides
 * proves nothing, and is not read. Made of their bytes: Node's `getPeerX509Certificate()` takes a certificate off the TLS
 * library's list that nobody frees, some kilobytes for each stranger who knocks.
 */
export function readChain(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next: Partial<DetailedPeerCertificate> | undefined = socket.getPeerCertificate(true);
  while (next?.raw !== undefined && chain.length < MAX_CHAIN_READ) {
    chain.push(new X509Certificate(next.raw));
    // What signed itself is its own issuer.
    next = next.issuerCertificate === next ? undefined : next.issuerCertificate;
  }
  return chain;
}

/**
 * Who stands at the other end of a TLS connection whose handshake is done.
 * @param now milliseconds since 1970
 * @throws {CertificateError} when it is no link of this protocol or its chain proves nobody
 */
export function authenticate(socket: TLSSocket, now: number): ChainIdentity {
  if (socket.getProtocol() !== 'TLSv1.3') throw new CertificateError('the connection is not TLS 1.3');
  if (socket.alpnProtocol !== LINK_ALPN) throw new CertificateError(`ALPN is not ${LINK_ALPN}`);
  if (socket.isSessionReused()) throw new CertificateError('the TLS session was resumed');
  try {
    return verifyChain(readChain(socket), now);
  } catch (cause) {
    if (cause instanceof CertificateError) throw cause;
    // A key or field that the TLS library took and node:crypto cannot read.
    throw new CertificateError('the chain cannot be read', { cause });
  }
}
