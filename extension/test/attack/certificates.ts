import 'reflect-metadata';
import { createPrivateKey, KeyObject, sign, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { KeyPair } from '@p2p-chat/protocol/identity';

/** Certificates that no device of ours would make. */

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const P384 = { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' };
const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: Uint8Array.of(1, 0, 1),
  modulusLength: 2048,
};
const ED25519 = { name: 'Ed25519' };
const algorithms = { P256, P384, RSA, ED25519 };

const YEAR_MS = 365 * 24 * 3_600_000;
const IDENTITY = 'CN=P2P Chat identity';
const DEVICE = 'CN=P2P Chat device';

/** What differs from what a device of ours shows. */
export interface Spoiled {
  readonly deviceKey?: keyof typeof algorithms;
  readonly identityKey?: keyof typeof algorithms;
  /** Years from now between which a certificate is valid. */
  readonly deviceValid?: readonly [number, number];
  readonly identityValid?: readonly [number, number];
  /** 13 characters that stand where a certificate says in ASN.1 until when it is valid. */
  readonly deviceEnds?: string;
  readonly identityEnds?: string;
  readonly deviceIsAuthority?: boolean;
  readonly identityIsAuthority?: boolean;
  readonly deviceSubject?: string;
  readonly deviceIssuer?: string;
  /** Bytes of an extension that means nothing. */
  readonly ballast?: number;
  /** Certificates between the device and the identity. */
  readonly between?: number;
  /** Certificates after the identity. */
  readonly after?: number;
}

/** The options of TLS that show such a chain. Its keys belong to nobody. */
export async function spoiledChain(spoiled: Spoiled): Promise<{ key: string; cert: string }> {
  const identity = await keys(spoiled.identityKey);
  const device = await keys(spoiled.deviceKey);
  const ballast = new x509.Extension('1.3.6.1.4.1.99999.1', false, new Uint8Array(spoiled.ballast ?? 0));
  const root = await certificate({
    subject: IDENTITY,
    issuer: IDENTITY,
    valid: spoiled.identityValid,
    ends: spoiled.identityEnds,
    isAuthority: spoiled.identityIsAuthority ?? true,
    of: identity,
    by: identity,
  });
  let signer = { keys: identity, subject: IDENTITY };
  const between: x509.X509Certificate[] = [];
  for (let count = 0; count < (spoiled.between ?? 0); count += 1) {
    const [subject, own] = [`CN=Between ${count}`, await keys()];
    between.unshift(
      await certificate({ subject, issuer: signer.subject, isAuthority: true, of: own, by: signer.keys }),
    );
    signer = { keys: own, subject };
  }
  const leaf = await certificate({
    subject: spoiled.deviceSubject ?? DEVICE,
    issuer: spoiled.deviceIssuer ?? signer.subject,
    valid: spoiled.deviceValid,
    ends: spoiled.deviceEnds,
    isAuthority: spoiled.deviceIsAuthority ?? false,
    of: device,
    by: signer.keys,
    extension: ballast,
  });
  const after = Array.from({ length: spoiled.after ?? 0 }, () => root);
  return {
    key: pem(await webcrypto.subtle.exportKey('pkcs8', device.privateKey), 'PRIVATE KEY'),
    cert: [leaf, ...between, root, ...after].map((each) => each.toString('pem')).join('\n'),
  };
}

/**
 * A private key that says to belong to somebody else's public key: what a thief shows who has a certificate and
 * not its key. TLS libraries believe it until the other end checks the signature.
 */
export function keyThatClaims(publicKey: KeyObject, own: KeyPair): string {
  const { d } = own.privateKey.export({ format: 'jwk' });
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  // RFC 5915: version, the private number, and the point that it is said to lead to; inside of PKCS#8.
  const point = spki.subarray(-65);
  const number = Buffer.from(d ?? '', 'base64url');
  const ecKey = der(
    0x30,
    der(0x02, Buffer.of(1)),
    der(0x04, number),
    der(0xa1, der(0x03, Buffer.concat([Buffer.of(0), point]))),
  );
  const algorithm = Buffer.from('301306072a8648ce3d020106082a8648ce3d030107', 'hex');
  const bytes = der(0x30, der(0x02, Buffer.of(0)), algorithm, der(0x04, ecKey));
  const text = pem(bytes, 'PRIVATE KEY');
  createPrivateKey(text);
  return text;
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const { length: bytes } = body;
  const long = bytes < 256 ? [0x81, bytes] : [0x82, bytes >> 8, bytes & 255];
  const length = Buffer.from(bytes < 128 ? [bytes] : long);
  return Buffer.concat([Buffer.of(tag), length, body]);
}

async function keys(kind: keyof typeof algorithms = 'P256'): Promise<webcrypto.CryptoKeyPair> {
  const pair = await webcrypto.subtle.generateKey(algorithms[kind], true, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new Error('not a pair of keys');
  return pair;
}

interface Wanted {
  readonly subject: string;
  readonly issuer: string;
  readonly valid?: readonly [number, number] | undefined;
  readonly ends?: string | undefined;
  readonly isAuthority: boolean;
  readonly of: webcrypto.CryptoKeyPair;
  readonly by: webcrypto.CryptoKeyPair;
  readonly extension?: x509.Extension;
}

async function certificate(wanted: Wanted): Promise<x509.X509Certificate> {
  const [from, to] = wanted.valid ?? [-1, 1];
  const signing = wanted.by.privateKey.algorithm.name === 'ECDSA' ? { hash: 'SHA-256' } : {};
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: '01',
    subject: wanted.subject,
    issuer: wanted.issuer,
    notBefore: new Date(Date.now() + from * YEAR_MS),
    notAfter: new Date(Date.now() + to * YEAR_MS),
    publicKey: wanted.of.publicKey,
    signingKey: wanted.by.privateKey,
    signingAlgorithm: { ...wanted.by.privateKey.algorithm, ...signing },
    extensions: [
      new x509.BasicConstraintsExtension(wanted.isAuthority, undefined, true),
      ...(wanted.extension === undefined ? [] : [wanted.extension]),
    ],
  });
  return wanted.ends === undefined ? made : ending(made, wanted.ends, wanted.by.privateKey);
}

/** The same certificate with these characters as the end of its validity, signed anew. P-256 only. */
function ending(made: x509.X509Certificate, ends: string, by: webcrypto.CryptoKey): x509.X509Certificate {
  // RFC 5280 §4.1: a sequence whose first part, a sequence too, is what is signed.
  const parts = contentOf(Buffer.from(made.rawData));
  const signed = parts.subarray(0, parts.length - contentOf(parts, 'after').length);
  // Two times of 13 characters, one behind the other.
  const begins = signed.indexOf(Buffer.of(0x17, 13));
  signed.write(ends, begins + 17, 'latin1');
  const signature = sign('sha256', signed, KeyObject.from(by));
  const algorithm = Buffer.from('300a06082a8648ce3d040302', 'hex');
  const bits = der(0x03, Buffer.concat([Buffer.of(0), signature]));
  return new x509.X509Certificate(der(0x30, signed, algorithm, bits));
}

/** What is in the first value of these, of 128 to 65,535 bytes, or after it. */
function contentOf(bytes: Buffer, which: 'within' | 'after' = 'within'): Buffer {
  const head = bytes[1] === 0x81 ? 3 : 4;
  const end = head + bytes.readUIntBE(2, head - 2);
  return which === 'within' ? bytes.subarray(head, end) : bytes.subarray(end);
}

function pem(bytes: ArrayBuffer | Uint8Array, label: string): string {
  const lines =
    Buffer.from(bytes as Uint8Array)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
