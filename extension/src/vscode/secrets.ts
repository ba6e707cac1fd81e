import type * as vscode from 'vscode';
import { joinCode } from '@p2p-chat/protocol/discovery';
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
/** With a server's origin added lies its join code. */
const JOIN_CODE = 'p2pChat.joinCode';

/** Under the key's name with this added lies what was found there but is no key: never deleted, never used. */
const DAMAGED = '.damaged';

/**
 * With this and its fingerprint added lies an identity that another one took the place of, and under the statements'
 * name with the same what led to it: never deleted.
 */
const SET_ASIDE = '.before.';

/** Each look but the last finds what another window wrote since: more looks than anybody has windows. */
const MAX_LOOKS = 32;

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
 * Puts a new identity in the present one's place, with the statement of the present one that it is so. The present one
 * is set aside, and the statement is stored before the key: whoever is killed between still is the present identity.
 * Where two windows do this at once one new identity counts in the end, and what is stored leads to it.
 * @returns the identity that counts
 * @throws {PeerError} `identity-lost` when the store does not keep what it is given
 */
export async function replaceIdentity(store: SecretStore): Promise<KeyPair> {
  const present = await loadIdentity(store);
  const chain = await loadSuccessions(store, present);
  const next = generateKeyPair();
  const longer = [...chain, makeSuccession(present, next)].slice(-MAX_SUCCESSIONS);
  await setAside(store, exportPrivateKey(present));
  await store.store(SUCCESSIONS, JSON.stringify(longer));
  await store.store(IDENTITY_KEY, exportPrivateKey(next));
  return settle(store, present, chain);
}

/**
 * Sees to it that the stored statements lead from `present` to the key that is stored now: nothing locks the store, so
 * between the two writes of this window another one may have written its own. Whichever window writes last looks last.
 * @param chain what led to `present`
 */
async function settle(store: SecretStore, present: KeyPair, chain: readonly Succession[]): Promise<KeyPair> {
  const before = fingerprintOf(present.publicKey);
  for (let look = 0; look < MAX_LOOKS; look++) {
    const pem = await store.get(IDENTITY_KEY);
    if (pem === undefined || !isKey(pem)) throw notKept();
    const stored = importPrivateKey(pem);
    if (fingerprintOf(stored.publicKey) === before) throw notKept();
    const leads = verifySuccessions(await loadSuccessions(store, stored));
    if (leads.includes(before)) return stored;
    const repaired = JSON.stringify([...chain, makeSuccession(present, stored)].slice(-MAX_SUCCESSIONS));
    await store.store(SUCCESSIONS, repaired);
  }
  throw notKept();
}

/**
 * Puts an identity that came from elsewhere in the present one's place. The present one is set aside first.
 * @param successions how the imported identity followed on others; stored before the key, and only if they end with it
 * @throws {PeerError} `identity-lost` when the store does not keep what it is given
 */
export async function importIdentity(
  store: SecretStore,
  identity: KeyPair,
  successions: readonly Succession[] = [],
): Promise<void> {
  const pem = exportPrivateKey(identity);
  const present = await store.get(IDENTITY_KEY);
  if (present === pem) return;
  if (present !== undefined) await setAside(store, present);
  if (verifySuccessions(successions).at(-1) === fingerprintOf(identity.publicKey)) {
    await keep(store, SUCCESSIONS, JSON.stringify(successions));
  }
  await keep(store, IDENTITY_KEY, pem);
}

/** Keeps what another identity takes the place of, with what led to it, under names of their own. */
async function setAside(store: SecretStore, pem: string): Promise<void> {
  if (!isKey(pem)) {
    await keep(store, IDENTITY_KEY + DAMAGED, pem);
    return;
  }
  const identity = importPrivateKey(pem);
  const place = SET_ASIDE + fingerprintOf(identity.publicKey);
  await keep(store, IDENTITY_KEY + place, pem);
  const chain = await loadSuccessions(store, identity);
  if (chain.length > 0) await store.store(SUCCESSIONS + place, JSON.stringify(chain));
}

/** Keeps the join code of a server, however its address is written, so that an invite can hand it on. */
export async function keepJoinCode(store: SecretStore, server: string, code: string): Promise<void> {
  await store.store(joinCodeOf(server), code);
}

/** The join code of this server that was typed here last, when going online or when inviting. */
export async function joinCodeFor(store: SecretStore, server: string): Promise<string | undefined> {
  return joinCode.safeParse(await store.get(joinCodeOf(server))).data;
}

function joinCodeOf(server: string): string {
  return `${JOIN_CODE}.${URL.parse(server)?.origin ?? server}`;
}

/** The stored statements up to the one that ends with `identity`; none unless every one of them holds. */
async function loadSuccessions(store: SecretStore, identity: KeyPair): Promise<Succession[]> {
  const chain = chainTo(identity, await store.get(SUCCESSIONS));
  if (chain.length > 0) return chain;
  // Those of an identity that was set aside and is back, or whose import did not come to its end.
  return chainTo(identity, await store.get(SUCCESSIONS + SET_ASIDE + fingerprintOf(identity.publicKey)));
}

function chainTo(identity: KeyPair, text: string | undefined): Succession[] {
  const parsed = successionList.safeParse(parseJson(text));
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

/** Stores something and looks whether it was kept. */
async function keep(store: SecretStore, name: string, value: string): Promise<void> {
  await store.store(name, value);
  if ((await store.get(name)) !== value) throw notKept();
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
