import { X509Certificate } from 'node:crypto';
import type { Fingerprint } from './fingerprint.ts';
import { exportPrivateKey, fingerprintOf, isP256, type KeyPair } from './identity.ts';

/**
 * The two certificates that a device shows in TLS: its own (leaf), signed by its identity's (CA, path length 0).
 * They name nobody: who somebody is follows from the fingerprints alone. device-credentials.ts makes them.
 */

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

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

/**
 * What a device gives to TLS with a chain that was made for it before.
 * @param now milliseconds since 1970
 * @returns null when the chain is not one of these two keys, and is to be made anew
 */
export function credentialsWith(
  chain: string,
  identity: KeyPair,
  device: KeyPair,
  now: number,
): DeviceCredentials | null {
  try {
    const shown = verifyChain(
      (chain.match(PEM_CERTIFICATE) ?? []).map((pem) => new X509Certificate(pem)),
      now,
    );
    const isOurs =
      shown.identity === fingerprintOf(identity.publicKey) &&
      shown.device === fingerprintOf(device.publicKey);
    return isOurs ? { ...shown, key: exportPrivateKey(device), chain } : null;
  } catch {
    return null;
  }
}
