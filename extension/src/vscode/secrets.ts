import type * as vscode from 'vscode';
import * as z from 'zod';
import {
  encodePublicKey,
  exportPrivateKey,
  fingerprintOf,
  generateKeyPair,
  importPrivateKey,
  type KeyPair,
} from '@p2p-chat/protocol/identity';
import { MAX_SUCCESSIONS } from '@p2p-chat/protocol/limits';
import {
  makeSuccession,
  type Succession,
  successions as successionList,
  verifySuccessions,
} from '@p2p-chat/protocol/succession';
import { PeerError } from '../peer-api.ts';

/** The secrets of this installation: private keys as PKCS#8 PEM. Kept by VS Code's secret storage and by nothing else. */
export interface Secrets {
  readonly identityKey: string;
  readonly deviceKey: string;
  /** How this identity followed on others, oldest first; ends with this identity. */
  readonly successions: readonly Succession[];
}

/** What is used of VS Code's secret storage. There is no deleting. */
export type SecretStore = Pick<vscode.SecretStorage, 'get' | 'store'>;

const IDENTITY_KEY = 'p2pChat.identityKey';
const DEVICE_KEY = 'p2pChat.deviceKey';
const SUCCESSIONS = 'p2pChat.successions';
const JOIN_CODE = 'p2pChat.joinCode';

/** Under the key's name with this added lies what was found there but is no key: never deleted, never used. */
const DAMAGED = '.damaged';

/** With this and its fingerprint added lies an identity that an imported one took the place of: never deleted. */
const SET_ASIDE = '.before.';

const joinCodeEntry = z.object({ server: z.string(), code: z.string() });

/**
 * Reads the keys out of VS Code's secret storage; what is missing is made. An unusable key is set aside and replaced:
 * the person then imports an identity or chooses a new name, which is better than failing for ever.
 * @throws {PeerError} `identity-lost` when the store does not keep what it is given
 */
export async function loadSecrets(store: SecretStore): Promise<Secrets> {
  const identityKey = await loadKey(store, IDENTITY_KEY);
  return {
    identityKey,
    deviceKey: await loadKey(store, DEVICE_KEY),
    successions: await loadSuccessions(store, importPrivateKey(identityKey)),
  };
}

/** The identity's key pair, made if there was none. For signing and exporting at this moment: not to be kept. */
export async function loadIdentity(store: SecretStore): Promise<KeyPair> {
  return importPrivateKey(await loadKey(store, IDENTITY_KEY));
}

/**
 * Puts a new identity in the present one's place, with the statement of the present one that it is so. The statement
 * is stored first: whoever is killed before the key is stored still is the present identity.
 * @returns the new identity
 * @throws {PeerError} `identity-lost` when the store does not keep what it is given
 */
export async function replaceIdentity(store: SecretStore): Promise<KeyPair> {
  const present = await loadIdentity(store);
  const chain = await loadSuccessions(store, present);
  const next = generateKeyPair();
  const longer = [...chain, makeSuccession(present, next)].slice(-MAX_SUCCESSIONS);
  await store.store(SUCCESSIONS, JSON.stringify(longer));
  await keep(store, IDENTITY_KEY, exportPrivateKey(next));
  return next;
}

/**
 * Puts an identity that came from elsewhere in the present one's place. The present one is set aside first.
 * @throws {PeerError} `identity-lost` when the store does not keep what it is given
 */
export async function importIdentity(store: SecretStore, identity: KeyPair): Promise<void> {
  const pem = exportPrivateKey(identity);
  const present = await store.get(IDENTITY_KEY);
  if (present === pem) return;
  if (present !== undefined) {
    const aside = isKey(present)
      ? IDENTITY_KEY + SET_ASIDE + fingerprintOf(importPrivateKey(present).publicKey)
      : IDENTITY_KEY + DAMAGED;
    await keep(store, aside, present);
  }
  await keep(store, IDENTITY_KEY, pem);
}

/** Keeps the code by which this person joined a server, so that an invite can hand it on. */
export async function keepJoinCode(store: SecretStore, server: string, code: string): Promise<void> {
  await store.store(JOIN_CODE, JSON.stringify({ server, code }));
}

/** The code by which this person joined this server, if they typed it here. */
export async function joinCodeFor(store: SecretStore, server: string): Promise<string | undefined> {
  const entry = joinCodeEntry.safeParse(parseJson(await store.get(JOIN_CODE)));
  return entry.success && entry.data.server === server ? entry.data.code : undefined;
}

/** The stored statements up to the one that ends with `identity`; none unless every one of them holds. */
async function loadSuccessions(store: SecretStore, identity: KeyPair): Promise<Succession[]> {
  const parsed = successionList.safeParse(parseJson(await store.get(SUCCESSIONS)));
  if (!parsed.success) return [];
  const own = encodePublicKey(identity.publicKey);
  const chain = parsed.data.slice(0, parsed.data.findLastIndex(({ to }) => to === own) + 1);
  return verifySuccessions(chain).length === 0 ? [] : chain;
}

async function loadKey(store: SecretStore, name: string): Promise<string> {
  const kept = await store.get(name);
  if (kept !== undefined && isKey(kept)) return kept;
  if (kept !== undefined) await store.store(name + DAMAGED, kept);
  await store.store(name, exportPrivateKey(generateKeyPair()));
  // What counts is what the store has afterwards, which may be another window's.
  const pem = await store.get(name);
  if (pem === undefined || !isKey(pem)) throw notKept();
  return pem;
}

/** Stores a key and looks whether it was kept. */
async function keep(store: SecretStore, name: string, pem: string): Promise<void> {
  await store.store(name, pem);
  if ((await store.get(name)) !== pem) throw notKept();
}

function notKept(): PeerError {
  return new PeerError(
    'identity-lost',
    "VS Code's secret storage did not keep the key of this account. Check the system's keyring, then try again.",
  );
}

function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isKey(pem: string): boolean {
  try {
    importPrivateKey(pem);
    return true;
  } catch {
    return false;
  }
}
