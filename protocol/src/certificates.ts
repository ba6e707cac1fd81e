import 'reflect-metadata';
import type { X509Certificate } from 'node:crypto';
import { createHash, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { Fingerprint } from './fingerprint.ts';
import { fingerprintOf, isP256, type KeyPair } from './identity.ts';

/**
 * The two certificates that a device shows in TLS: its own (leaf), signed by its identity's (CA, path length 0).
 * They name nobody: who somebody is follows from the fingerprints alone.
 */

/** Certificates of this protocol do not expire: an identity ends by replacement, which a date cannot express. */
const NOT_BEFORE = new Date('2020-01-01T00:00:00Z');
/** RFC 5280 §4.1.2.5: the date that says "no well-defined expiration". */
const NOT_AFTER = new Date('9999-12-31T23:59:59Z');

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const IDENTITY_SUBJECT = 'CN=P2P Chat identity';
const DEVICE_SUBJECT = 'CN=P2P Chat device';

/** A TLS chain is not one device under one identity. The message says which rule it breaks. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
}

/** What a device gives to TLS: its key and its chain, PEM. */
export interface DeviceCredentials {
  readonly identity: Fingerprint;
  readonly device: Fingerprint;
  /** PKCS#8 PEM of the device key. */
  readonly key: string;
  /** PEM of the device certificate followed by the identity certificate. */
  readonly chain: string;
}

/** Who stands at the other end of a link, as the chain proves it. */
export interface ChainIdentity {
  readonly identity: Fingerprint;
  readonly device: Fingerprint;
}

/** Makes the chain for a device of an identity. */
export async function makeDeviceCredentials(identity: KeyPair, device: KeyPair): Promise<DeviceCredentials> {
  const identityKeys = await toWebCrypto(identity);
  const deviceKeys = await toWebCrypto(device);
  const dates = { notBefore: NOT_BEFORE, notAfter: NOT_AFTER, signingAlgorithm: ALGORITHM };
  const issuer = await x509.X509CertificateGenerator.create({
    ...dates,
    serialNumber: serialNumber(identity),
    subject: IDENTITY_SUBJECT,
    issuer: IDENTITY_SUBJECT,
    publicKey: identityKeys.publicKey,
    signingKey: identityKeys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  const leaf = await x509.X509CertificateGenerator.create({
    ...dates,
    serialNumber: serialNumber(device),
    subject: DEVICE_SUBJECT,
    issuer: IDENTITY_SUBJECT,
    publicKey: deviceKeys.publicKey,
    signingKey: identityKeys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
    ],
  });
  return {
    identity: fingerprintOf(identity.publicKey),
    device: fingerprintOf(device.publicKey),
    key: device.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    chain: `${leaf.toString('pem')}\n${issuer.toString('pem')}\n`,
  };
}

/**
 * Reads who shows this chain. TLS itself has proved that they hold the leaf's key.
 * @param chain the leaf first, then its issuer; DER or PEM
 * @param now milliseconds since 1970
 * @throws {CertificateError} when it is not exactly one device certificate under one identity certificate
 */
export function verifyChain(chain: readonly X509Certificate[], now: number): ChainIdentity {
  const [leaf, issuer] = chain;
  if (leaf === undefined || issuer === undefined || chain.length !== 2) {
    throw new CertificateError('the chain is not a device certificate and an identity certificate');
  }
  for (const certificate of chain) {
    if (!isP256(certificate.publicKey)) throw new CertificateError('a key is not P-256');
    // A date that cannot be read is NaN, of which every comparison is false.
    const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
    if (!(from <= now && now <= to)) {
      throw new CertificateError('a certificate is not valid at this time');
    }
  }
  if (!issuer.ca) throw new CertificateError('the identity certificate may not sign others');
  if (leaf.ca) throw new CertificateError('the device certificate is one that signs others');
  if (!issuer.checkIssued(issuer) || !issuer.verify(issuer.publicKey)) {
    throw new CertificateError('the identity certificate is not signed by its own key');
  }
  if (!leaf.checkIssued(issuer) || !leaf.verify(issuer.publicKey)) {
    throw new CertificateError('the device certificate is not signed by the identity');
  }
  const identity = fingerprintOf(issuer.publicKey);
  const device = fingerprintOf(leaf.publicKey);
  if (identity === device) throw new CertificateError('the device uses the identity key');
  return { identity, device };
}

async function toWebCrypto(pair: KeyPair): Promise<webcrypto.CryptoKeyPair> {
  const usage = { name: 'ECDSA', namedCurve: 'P-256' } as const;
  const privateDer = pair.privateKey.export({ type: 'pkcs8', format: 'der' });
  const publicDer = pair.publicKey.export({ type: 'spki', format: 'der' });
  return {
    privateKey: await webcrypto.subtle.importKey('pkcs8', privateDer, usage, false, ['sign']),
    publicKey: await webcrypto.subtle.importKey('spki', publicDer, usage, true, ['verify']),
  };
}

/** A serial number that is the same whenever the certificate is made again: 16 bytes of the key's hash, positive. */
function serialNumber(pair: KeyPair): string {
  const hash = createHash('sha256').update(fingerprintOf(pair.publicKey)).digest('hex');
  return `01${hash.slice(0, 30)}`;
}
