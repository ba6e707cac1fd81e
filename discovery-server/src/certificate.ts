import { X509Certificate, createPrivateKey, type KeyObject } from 'node:crypto';
import { chmod, readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import path from 'node:path';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import {
  exportPrivateKey,
  fingerprintOf,
  generateKeyPair,
  importPrivateKey,
  type KeyPair,
} from '@p2p-chat/protocol/identity';
import type { ServerName } from '@p2p-chat/protocol/server-certificate';
import { writeDurably } from './durable-file.ts';
import { CertificateFileError, messageOf, systemCode } from './errors.ts';

/** What TLS needs of a server. */
export interface ServerCredentials {
  /** PKCS#8 or another PEM of the private key. */
  readonly key: string;
  /** PEM: the server's certificate, then those that lead to its authority, if there are any. */
  readonly certificate: string;
  /** Names the key: SHA-256 of its SPKI. */
  readonly fingerprint: Fingerprint;
}

/** An operator's own certificate and key, PEM files. */
export interface CertificateFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

const KEY_FILE = 'tls-key.pem';
const CERTIFICATE_FILE = 'tls-cert.pem';

/** What clients know a server by, in its folder. */
export const CERTIFICATE_FILES = [KEY_FILE, CERTIFICATE_FILE] as const;

/**
 * Reads an operator's certificate.
 * @param now milliseconds since 1970
 * @throws {CertificateFileError} with what is wrong with which file
 */
export async function readCertificate(
  { certificateFile, keyFile }: CertificateFiles,
  now: number,
): Promise<ServerCredentials> {
  const certificate = await readText(certificateFile, 'certificate');
  const key = await readText(keyFile, 'key of the certificate');
  const parsed = parseCertificate(certificate, certificateFile);
  if (!parsed.checkPrivateKey(parsePrivateKey(key, keyFile))) {
    throw new CertificateFileError(
      `the key in ${keyFile} is not the one of the certificate in ${certificateFile}. Give the two that belong ` +
        `together; where a file holds several certificates, the server's own comes first.`,
    );
  }
  if (now > Date.parse(parsed.validTo) || now < Date.parse(parsed.validFrom)) {
    throw new CertificateFileError(
      `the certificate in ${certificateFile} is valid from ${parsed.validFrom} to ${parsed.validTo} only. ` +
        `Give one that is valid now.`,
    );
  }
  return { key, certificate, fingerprint: fingerprintOf(parsed.publicKey) };
}

/** Makes a key and a certificate that nobody keeps, for a server whose accounts are not in a folder either. */
export async function makeCertificate(host: string): Promise<ServerCredentials> {
  return credentialsOf(generateKeyPair(), host);
}

/**
 * The certificate that a server made for itself at its first start, or makes now. Its key is what clients know the
 * server by: it is on the disk before anybody sees it, and it is never replaced because something is missing.
 * @param folder of the accounts, held by this process
 * @throws {CertificateFileError} what is there cannot be used, or cannot be kept
 */
export async function keepCertificate(folder: string, host: string): Promise<ServerCredentials> {
  const keyFile = path.join(folder, KEY_FILE);
  const certificateFile = path.join(folder, CERTIFICATE_FILE);
  const kept = await readIfThere(keyFile, 'key of the certificate');
  const keptCertificate = await readIfThere(certificateFile, 'certificate');
  if (kept === undefined && keptCertificate !== undefined) {
    throw new CertificateFileError(
      `${certificateFile} is there but its key ${keyFile} is not. Bring the key back from a backup; or remove ` +
        `${certificateFile} as well, and every client has to accept a new key.`,
    );
  }
  const pair = kept === undefined ? generateKeyPair() : parseKeptKey(kept, keyFile);
  // The other way round, a crash between the two would leave a certificate without its key.
  if (kept === undefined) await write(keyFile, exportPrivateKey(pair));
  else await chmod(keyFile, 0o600);
  if (keptCertificate === undefined) {
    const made = await credentialsOf(pair, host);
    await write(certificateFile, made.certificate);
    return made;
  }
  if (!parseCertificate(keptCertificate, certificateFile).checkPrivateKey(pair.privateKey)) {
    throw new CertificateFileError(
      `${certificateFile} is not the certificate of the key in ${keyFile}. Remove ${certificateFile}: it is made ` +
        `anew for that key.`,
    );
  }
  return {
    key: exportPrivateKey(pair),
    certificate: keptCertificate,
    fingerprint: fingerprintOf(pair.publicKey),
  };
}

async function credentialsOf(pair: KeyPair, host: string): Promise<ServerCredentials> {
  // Needed once, and long to load: most starts find a certificate that was made before, or need none.
  const { makeServerCertificate } = await import('@p2p-chat/protocol/server-certificate');
  return {
    key: exportPrivateKey(pair),
    certificate: await makeServerCertificate(pair, namesOf(host)),
    fingerprint: fingerprintOf(pair.publicKey),
  };
}

/** The host as it was given; where that stands for every address of the machine, the machine's name. */
function namesOf(host: string): ServerName[] {
  const everywhere = ['0.0.0.0', '::', ''].includes(host);
  const names = new Set(['localhost', '127.0.0.1', '::1', everywhere ? hostname() : host]);
  return [...names].map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }));
}

function parseCertificate(pem: string, file: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new CertificateFileError(`${file} holds no certificate that can be read: it has to be PEM.`, {
      cause,
    });
  }
}

function parsePrivateKey(pem: string, file: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new CertificateFileError(
      `${file} holds no private key that can be read: it has to be PEM, without a passphrase.`,
      { cause },
    );
  }
}

function parseKeptKey(pem: string, file: string): KeyPair {
  try {
    return importPrivateKey(pem);
  } catch (cause) {
    throw new CertificateFileError(
      `${file} is damaged: it holds no P-256 key. Bring it back from a backup; or remove it and ` +
        `${CERTIFICATE_FILE} beside it, and every client has to accept a new key.`,
      { cause },
    );
  }
}

async function readIfThere(file: string, what: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw unreadable(file, what, cause);
  }
}

async function readText(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw unreadable(file, what, cause);
  }
}

function unreadable(file: string, what: string, cause: unknown): CertificateFileError {
  return new CertificateFileError(`the ${what} in ${file} cannot be read (${messageOf(cause)}).`, { cause });
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeDurably(file, text);
  } catch (cause) {
    throw new CertificateFileError(`${file} cannot be written (${messageOf(cause)}).`, { cause });
  }
}
