import type * as vscode from 'vscode';
import { exportPrivateKey, generateKeyPair, importPrivateKey } from '@p2p-chat/protocol/identity';
import { PeerError } from '../peer-api.ts';

/** The two private keys of this installation, PKCS#8 PEM. */
export interface Secrets {
  readonly identityKey: string;
  readonly deviceKey: string;
}

const IDENTITY_KEY = 'p2pChat.identityKey';
const DEVICE_KEY = 'p2pChat.deviceKey';

/** Under the key's name with this added lies what was found there but is no key: never deleted, never used. */
const DAMAGED = '.damaged';

/**
 * Reads the keys out of VS Code's secret storage; what is missing is made. An unusable key is set aside and replaced:
 * the person then chooses a new name, which is better than failing for ever.
 * @throws {PeerError} `identity-lost` when the store does not keep what it is given
 */
export async function loadSecrets(store: vscode.SecretStorage): Promise<Secrets> {
  return {
    identityKey: await loadKey(store, IDENTITY_KEY),
    deviceKey: await loadKey(store, DEVICE_KEY),
  };
}

async function loadKey(store: vscode.SecretStorage, name: string): Promise<string> {
  const kept = await store.get(name);
  if (kept !== undefined && isKey(kept)) return kept;
  if (kept !== undefined) await store.store(name + DAMAGED, kept);
  await store.store(name, exportPrivateKey(generateKeyPair()));
  // What counts is what the store has afterwards: it may not keep what it is given.
  const pem = await store.get(name);
  if (pem === undefined || !isKey(pem)) {
    throw new PeerError(
      'identity-lost',
      "VS Code's secret storage did not keep the key of this account. Check the system's keyring, then try again.",
    );
  }
  return pem;
}

function isKey(pem: string): boolean {
  try {
    importPrivateKey(pem);
    return true;
  } catch {
    return false;
  }
}
