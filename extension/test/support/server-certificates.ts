import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { exportPrivateKey, fingerprintOf, generateKeyPair, type KeyPair } from '@p2p-chat/protocol/identity';
import { makeServerCertificate } from '@p2p-chat/protocol/server-certificate';

/** What a server shows in TLS, with its key. */
export interface ServerCertificate {
  readonly key: string;
  readonly cert: string;
  readonly fingerprint: Fingerprint;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const VALID = {
  notBefore: new Date('2020-01-01'),
  notAfter: new Date('2050-01-01'),
  signingAlgorithm: ALGORITHM,
};

/** A certificate as a discovery server makes it for itself. */
export async function selfMade(pair: KeyPair = generateKeyPair()): Promise<ServerCertificate> {
  const cert = await makeServerCertificate(pair, [{ type: 'ip', value: '127.0.0.1' }]);
  return { key: exportPrivateKey(pair), cert, fingerprint: fingerprintOf(pair.publicKey) };
}

/** A certificate authority that a test makes the machine trust. */
export async function makeAuthority(): Promise<{
  readonly certificate: string;
  sign(name: x509.JsonGeneralName): Promise<ServerCertificate>;
}> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const subject = 'CN=An authority';
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    ...VALID,
    name: subject,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  return {
    certificate: root.toString('pem'),
    sign: async (name) => {
      const pair = generateKeyPair();
      const leaf = await x509.X509CertificateGenerator.create({
        ...VALID,
        subject: 'CN=A server',
        issuer: subject,
        publicKey: pair.publicKey.toCryptoKey(ALGORITHM, true, ['verify']),
        signingKey: keys.privateKey,
        extensions: [new x509.SubjectAlternativeNameExtension([name])],
      });
      return {
        key: exportPrivateKey(pair),
        cert: leaf.toString('pem'),
        fingerprint: fingerprintOf(pair.publicKey),
      };
    },
  };
}
