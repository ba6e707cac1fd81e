import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import type { Fingerprint } from './fingerprint.ts';

/** How the SPKI of every P-256 key begins, up to its point: 27 bytes. */
const P256_SPKI = 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE';
const P256_SPKI_BYTES = 91;

/** A long-lived P-256 key pair; private keys leave memory only for `SecretStorage`. */
export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** A fresh P-256 key pair: for an identity or for a device. */
export function generateKeyPair(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
}

/** The fingerprint of a public key. */
export function fingerprintOf(publicKey: KeyObject): Fingerprint {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

/** The fingerprint of a public key that decodePublicKey takes. @param text as it takes it */
export function fingerprintOfEncoded(text: string): Fingerprint {
  return hash('sha256', Buffer.from(text, 'base64'), 'hex');
}

/** PKCS#8 PEM of a key pair, for a secret store and for nothing else. */
export function exportPrivateKey(pair: KeyPair): string {
  return pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/**
 * The key pair of a PKCS#8 PEM.
 * @throws {TypeError} when it is not a P-256 private key
 */
export function importPrivateKey(pem: string): KeyPair {
  const privateKey = createPrivateKey(pem);
  const publicKey = createPublicKey(pem);
  if (!isP256(publicKey)) throw new TypeError('not a P-256 key');
  return { privateKey, publicKey };
}

/** Whether TLS and signatures here accept this key: P-256 only, since every VS Code's TLS library has it. */
export function isP256(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
}

/** SPKI of a public key as it stands in a registration. */
export function encodePublicKey(publicKey: KeyObject): string {
  return publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
}

/**
 * The public key of an SPKI in its one encoding: a library that overlooks what is wrong in another, such as bits that
 * count for nothing, makes no second text of the same key.
 * @throws {TypeError} when it is not a P-256 key
 */
export function decodePublicKey(text: string): KeyObject {
  const pem = pemOf(text);
  let key: KeyObject;
  try {
    key = createPublicKey(pem ?? { key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
  } catch (cause) {
    throw new TypeError('not an SPKI public key', { cause });
  }
  if (pem !== undefined) return key;
  if (!isP256(key)) throw new TypeError('not a P-256 key');
  if (encodePublicKey(key) !== text) throw new TypeError('not the encoding of this key');
  return key;
}

/**
 * The PEM of what begins as a P-256 key in its one encoding; undefined for anything else. Node 24 finds out what an object is
 * by errors that it throws and catches, which take longer than reading the key: a text it knows at once.
 */
function pemOf(text: string): string | undefined {
  if (!text.startsWith(P256_SPKI)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  // Of these 91 bytes only the point can be another, and a point has one encoding.
  if (bytes.length !== P256_SPKI_BYTES || bytes.toString('base64') !== text) return undefined;
  return `-----BEGIN PUBLIC KEY-----\n${text.slice(0, 64)}\n${text.slice(64)}\n-----END PUBLIC KEY-----\n`;
}

/** ECDSA with SHA-256 over the statement's UTF-8 bytes, DER, base64. */
export function signStatement(privateKey: KeyObject, statement: string): string {
  return sign('sha256', Buffer.from(statement, 'utf8'), privateKey).toString('base64');
}

/** Whether `signature` is the key owner's signature of exactly this statement. */
export function verifyStatement(publicKey: KeyObject, statement: string, signature: string): boolean {
  return verify('sha256', Buffer.from(statement, 'utf8'), publicKey, Buffer.from(signature, 'base64'));
}

/**
 * The PEM of a public key, for whoever verifies with it once. A key as an object is freed by a full collection only, and of
 * thousands that takes 50 ms.
 * @param text as encodePublicKey gives it
 * @throws {TypeError} when it cannot be a P-256 key; that its point is one of the curve is for whoever uses it to find out
 */
export function publicKeyPem(text: string): string {
  const pem = pemOf(text);
  if (pem === undefined) throw new TypeError('not the encoding of a P-256 key');
  return pem;
}

/** The conversation of two identities: both ends compute the same one, whoever writes first. */
export function directConversation(one: Fingerprint, other: Fingerprint): string {
  const [low, high] = one < other ? [one, other] : [other, one];
  return createHash('sha256').update(`p2p-chat/direct/1\n${low}\n${high}\n`, 'utf8').digest('hex');
}
