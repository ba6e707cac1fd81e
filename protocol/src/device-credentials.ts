import 'reflect-metadata';
import { createHash, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { DeviceCredentials } from './certificates.ts';
import { exportPrivateKey, fingerprintOf, type KeyPair } from './identity.ts';

/** Certificates of this protocol do not expire: an identity ends by replacement, which a date cannot express. */
const NOT_BEFORE = new Date('2020-01-01T00:00:00Z');
/** RFC 5280 §4.1.2.5: the date that says "no well-defined expiration". */
const NOT_AFTER = new Date('9999-12-31T23:59:59Z');

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const IDENTITY_SUBJECT = 'CN=P2P Chat identity';
const DEVICE_SUBJECT = 'CN=P2P Chat device';

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
    key: exportPrivateKey(device),
    chain: `${leaf.toString('pem')}\n${issuer.toString('pem')}\n`,
  };
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
