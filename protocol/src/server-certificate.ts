import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { KeyPair } from './identity.ts';

/**
 * The certificate that a discovery server makes for itself. Clients know it by its key, which they pin; names and
 * dates are there for tools that insist on them.
 */

/** It does not expire: a date cannot express that a key was replaced. */
const NOT_BEFORE = new Date('2020-01-01T00:00:00Z');
/** RFC 5280 §4.1.2.5: the date that says "no well-defined expiration". */
const NOT_AFTER = new Date('9999-12-31T23:59:59Z');

const SUBJECT = 'CN=P2P Chat discovery server';

/** A name or an address under which a server is reached. */
export interface ServerName {
  readonly type: 'dns' | 'ip';
  readonly value: string;
}

/**
 * Makes a certificate that `pair` signs for itself.
 * @param names what the server is reached under; at least one
 * @returns PEM
 */
export async function makeServerCertificate(pair: KeyPair, names: readonly ServerName[]): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;
  const publicKey = pair.publicKey.toCryptoKey(algorithm, true, ['verify']);
  const certificate = await x509.X509CertificateGenerator.create({
    notBefore: NOT_BEFORE,
    notAfter: NOT_AFTER,
    signingAlgorithm: { ...algorithm, hash: 'SHA-256' },
    // Positive and never the same twice: two certificates of one subject must differ in it.
    serialNumber: `01${randomBytes(15).toString('hex')}`,
    subject: SUBJECT,
    issuer: SUBJECT,
    publicKey,
    signingKey: pair.privateKey.toCryptoKey(algorithm, false, ['sign']),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([...names]),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}
