import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  pbkdf2,
  randomBytes,
} from 'node:crypto';
import { EncryptedData, EncryptedPrivateKeyInfo } from '@peculiar/asn1-pkcs8';
import { AsnConvert, AsnProp, AsnPropTypes, OctetString } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier } from '@peculiar/asn1-x509';
import { fingerprintOf, isP256, type KeyPair, signStatement, verifyStatement } from './identity.ts';

/**
 * An identity under a passphrase, as a file: PKCS#8 EncryptedPrivateKeyInfo (RFC 5958) with PBES2 (RFC 8018) of
 * PBKDF2-HMAC-SHA-256 and AES-256-CBC, PEM. `openssl pkcs8` reads and writes it. No scrypt: BoringSSL, which desktop
 * VS Code links, has none for PKCS#8.
 */

/** What OWASP asks of PBKDF2-HMAC-SHA-256: 0.1 s to 1 s of one core for each guess. */
export const IDENTITY_FILE_ITERATIONS = 600_000;

/** More would keep a core busy for longer than anybody waits. */
const MAX_ITERATIONS = 10_000_000;
const SALT_BYTES = 16;
const MAX_SALT_BYTES = 128;
/** Explanatory text of any program and one small key. */
const MAX_FILE_CHARACTERS = 64 * 1024;
/** A P-256 key takes about 300 bytes with its parameters. */
const MAX_CONTAINER_BYTES = 4 * 1024;
const IV_BYTES = 16;

const PBES2 = '1.2.840.113549.1.5.13';
const PBKDF2 = '1.2.840.113549.1.5.12';
const HMAC_WITH_SHA1 = '1.2.840.113549.2.7';
const HMAC_WITH_SHA256 = '1.2.840.113549.2.9';
const AES_256_CBC = '2.16.840.1.101.3.4.1.42';

const hashes: ReadonlyMap<string, string> = new Map([
  [HMAC_WITH_SHA1, 'sha1'],
  [HMAC_WITH_SHA256, 'sha256'],
]);
const ciphers: ReadonlyMap<string, { name: string; keyBytes: number }> = new Map([
  ['2.16.840.1.101.3.4.1.2', { name: 'aes-128-cbc', keyBytes: 16 }],
  [AES_256_CBC, { name: 'aes-256-cbc', keyBytes: 32 }],
]);

/** RFC 8018 A.4. */
class Pbes2Parameters {
  keyDerivation = new AlgorithmIdentifier();
  encryption = new AlgorithmIdentifier();
}
// Decorators would have to be compiled; called as functions they are the same.
AsnProp({ type: AlgorithmIdentifier })(Pbes2Parameters.prototype, 'keyDerivation');
AsnProp({ type: AlgorithmIdentifier })(Pbes2Parameters.prototype, 'encryption');

/** RFC 8018 A.2, with a salt that is given and not taken from elsewhere. */
class Pbkdf2Parameters {
  salt: ArrayBuffer = new ArrayBuffer(0);
  /** A text when it does not fit into a safe integer. */
  iterations: number | string = 0;
  keyLength: number | string | undefined = undefined;
  /** HMAC with SHA-1 when it is left out. */
  hash: AlgorithmIdentifier | undefined = undefined;
}
AsnProp({ type: AsnPropTypes.OctetString })(Pbkdf2Parameters.prototype, 'salt');
AsnProp({ type: AsnPropTypes.Integer })(Pbkdf2Parameters.prototype, 'iterations');
AsnProp({ type: AsnPropTypes.Integer, optional: true })(Pbkdf2Parameters.prototype, 'keyLength');
AsnProp({ type: AlgorithmIdentifier, optional: true })(Pbkdf2Parameters.prototype, 'hash');

/**
 * - `not-an-identity`: not such a file, a damaged one, or one of another kind of key
 * - `wrong-passphrase`: or a file whose encrypted part is damaged, which cannot be told apart
 * - `unsupported`: encrypted in a way that is not read here
 */
export type IdentityFileProblem = 'not-an-identity' | 'wrong-passphrase' | 'unsupported';

/** A file cannot be opened as an identity. The message is for the person and quotes nothing of the file. */
export class IdentityFileError extends Error {
  override readonly name = 'IdentityFileError';
  readonly code: IdentityFileProblem;
  constructor(code: IdentityFileProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** PBKDF2 on the thread pool. */
function derive(
  passphrase: string,
  { salt, iterations, hash }: Pick<Scheme, 'salt' | 'iterations' | 'hash'>,
  keyBytes: number,
): Promise<Buffer> {
  // Typed alike on every keyboard and system: NFC.
  const bytes = Buffer.from(passphrase.normalize('NFC'), 'utf8');
  return new Promise((resolve, reject) => {
    pbkdf2(bytes, salt, iterations, keyBytes, hash, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}

/**
 * Puts an identity under a passphrase. The key derivation runs on the thread pool and takes up to a second.
 * @param passphrase at least one character; the same in any Unicode normalisation
 * @returns the text of the file, which begins with the fingerprint, in the clear
 * @throws {RangeError} when the passphrase is empty
 */
export async function sealIdentity(key: KeyPair, passphrase: string): Promise<string> {
  if (passphrase === '') throw new RangeError('an identity is not sealed without a passphrase');
  const [salt, iv] = [randomBytes(SALT_BYTES), randomBytes(IV_BYTES)];
  const secret = await derive(passphrase, { salt, iterations: IDENTITY_FILE_ITERATIONS, hash: 'sha256' }, 32);
  const cipher = createCipheriv('aes-256-cbc', secret, iv);
  const plain = key.privateKey.export({ type: 'pkcs8', format: 'der' });
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  const derivation = Object.assign(new Pbkdf2Parameters(), {
    salt: toArrayBuffer(salt),
    iterations: IDENTITY_FILE_ITERATIONS,
    hash: new AlgorithmIdentifier({ algorithm: HMAC_WITH_SHA256, parameters: null }),
  });
  const scheme = Object.assign(new Pbes2Parameters(), {
    keyDerivation: algorithm(PBKDF2, derivation),
    encryption: algorithm(AES_256_CBC, new OctetString(toArrayBuffer(iv))),
  });
  const container = new EncryptedPrivateKeyInfo({
    encryptionAlgorithm: algorithm(PBES2, scheme),
    encryptedData: new EncryptedData(toArrayBuffer(sealed)),
  });
  const base64 = Buffer.from(AsnConvert.serialize(container)).toString('base64');
  return [
    `P2P Chat identity ${fingerprintOf(key.publicKey)}`,
    'Whoever has this file and its passphrase can write in your name.',
    '-----BEGIN ENCRYPTED PRIVATE KEY-----',
    ...(base64.match(/.{1,64}/g) ?? []),
    '-----END ENCRYPTED PRIVATE KEY-----',
    '',
  ].join('\n');
}

/**
 * Opens the file of an identity. The key derivation runs on the thread pool.
 * @throws {IdentityFileError}
 */
export async function openIdentity(text: string, passphrase: string): Promise<KeyPair> {
  const container = readContainer(text);
  const scheme = readScheme(container.encryptionAlgorithm);
  const secret = await derive(passphrase, scheme, scheme.cipher.keyBytes);
  const privateKey = decrypt(
    Buffer.from(container.encryptedData.buffer),
    scheme.cipher.name,
    secret,
    scheme.iv,
  );
  const publicKey = createPublicKey(privateKey);
  if (isP256(publicKey) && belong(privateKey, publicKey)) return { privateKey, publicKey };
  throw new IdentityFileError(
    'not-an-identity',
    'This file has another kind of key than an identity of P2P Chat.',
  );
}

/** A file may hold a public key beside a private one that is not its own. */
function belong(privateKey: KeyObject, publicKey: KeyObject): boolean {
  return verifyStatement(publicKey, 'p2p-chat', signStatement(privateKey, 'p2p-chat'));
}

function readContainer(text: string): EncryptedPrivateKeyInfo {
  const none = 'This is not the file of an identity: export it again on the machine that has it.';
  if (text.length > MAX_FILE_CHARACTERS) throw new IdentityFileError('not-an-identity', none);
  if (/^-----BEGIN (?:EC )?PRIVATE KEY-----/m.test(text)) {
    const message = text.includes('ENCRYPTED')
      ? 'This key is encrypted in an old way. Convert it with "openssl pkcs8 -topk8 -v2 aes-256-cbc".'
      : 'This key is not protected by a passphrase. Protect it with "openssl pkcs8 -topk8 -v2 aes-256-cbc".';
    throw new IdentityFileError('unsupported', message);
  }
  const base64 =
    /^-----BEGIN ENCRYPTED PRIVATE KEY-----[ \t]*\r?\n([A-Za-z0-9+/=\s]*)^-----END ENCRYPTED PRIVATE KEY-----/m.exec(
      text,
    )?.[1];
  if (base64 === undefined) throw new IdentityFileError('not-an-identity', none);
  const der = Buffer.from(base64, 'base64');
  if (der.length > MAX_CONTAINER_BYTES) throw new IdentityFileError('not-an-identity', none);
  try {
    return AsnConvert.parse(der, EncryptedPrivateKeyInfo);
  } catch (cause) {
    throw new IdentityFileError(
      'not-an-identity',
      'This file is damaged or cut short: copy it again, whole.',
      { cause },
    );
  }
}

/** How to derive the secret and decrypt with it: checked before any work is spent on it. */
interface Scheme {
  readonly hash: string;
  readonly salt: Buffer;
  readonly iterations: number;
  readonly cipher: { readonly name: string; readonly keyBytes: number };
  readonly iv: Buffer;
}

function readScheme(given: AlgorithmIdentifier): Scheme {
  const unsupported = (what: string, cause?: unknown): never => {
    throw new IdentityFileError(
      'unsupported',
      `This file is encrypted in a way that cannot be read here (${what}). ` +
        'Convert it with "openssl pkcs8 -topk8 -v2 aes-256-cbc".',
      { cause },
    );
  };
  if (given.algorithm !== PBES2) return unsupported('not PBES2');
  let derivation: Pbkdf2Parameters, encryption: AlgorithmIdentifier, iv: Buffer;
  try {
    const scheme = AsnConvert.parse(given.parameters ?? new ArrayBuffer(0), Pbes2Parameters);
    if (scheme.keyDerivation.algorithm !== PBKDF2) return unsupported('not PBKDF2');
    derivation = AsnConvert.parse(scheme.keyDerivation.parameters ?? new ArrayBuffer(0), Pbkdf2Parameters);
    encryption = scheme.encryption;
    iv = Buffer.from(AsnConvert.parse(encryption.parameters ?? new ArrayBuffer(0), OctetString).buffer);
  } catch (cause) {
    if (cause instanceof IdentityFileError) throw cause;
    return unsupported('its parameters', cause);
  }
  const hash = hashes.get(derivation.hash?.algorithm ?? HMAC_WITH_SHA1);
  const cipher = ciphers.get(encryption.algorithm);
  const { iterations, keyLength } = derivation;
  if (hash === undefined) return unsupported('another hash than SHA-256');
  if (cipher === undefined) return unsupported('another cipher than AES-256-CBC');
  if (iv.length !== IV_BYTES) return unsupported('its initialisation vector');
  if (keyLength !== undefined && keyLength !== cipher.keyBytes) return unsupported('its key length');
  if (derivation.salt.byteLength > MAX_SALT_BYTES) return unsupported('its salt');
  if (typeof iterations !== 'number' || iterations < 1 || iterations > MAX_ITERATIONS) {
    return unsupported('its number of iterations');
  }
  return { hash, salt: Buffer.from(derivation.salt), iterations, cipher, iv };
}

/** @throws {IdentityFileError} when the bytes decrypted are no key */
function decrypt(sealed: Buffer, cipherName: string, secret: Buffer, iv: Buffer): KeyObject {
  try {
    const decipher = createDecipheriv(cipherName, secret, iv);
    const der = Buffer.concat([decipher.update(sealed), decipher.final()]);
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } catch (cause) {
    throw new IdentityFileError('wrong-passphrase', 'The passphrase is wrong, or the file is damaged.', {
      cause,
    });
  }
}

function algorithm(oid: string, parameters: object): AlgorithmIdentifier {
  return new AlgorithmIdentifier({ algorithm: oid, parameters: AsnConvert.serialize(parameters) });
}

function toArrayBuffer(bytes: Buffer): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
