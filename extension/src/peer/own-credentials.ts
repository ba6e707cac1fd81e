import { credentialsWith, type DeviceCredentials } from '@p2p-chat/protocol/certificates';
import type { KeyPair } from '@p2p-chat/protocol/identity';
import { type HistoryStore, StorageError } from '../core/storage-ports.ts';

/** Of the history's settings. */
const CHAIN = 'certificates';

/**
 * What this device shows in TLS. Its certificates are made once and kept: what makes them takes longer to load, and more
 * memory, than most of the peer.
 * @param now milliseconds since 1970
 * @throws {StorageError} when the history cannot be read
 */
export async function ownCredentials(
  keys: { readonly identity: KeyPair; readonly device: KeyPair },
  history: Pick<HistoryStore, 'setting' | 'setSetting'>,
  now: number,
): Promise<DeviceCredentials> {
  const kept = credentialsWith(history.setting(CHAIN) ?? '', keys.identity, keys.device, now);
  if (kept !== null) return kept;
  const { makeDeviceCredentials } = await import('@p2p-chat/protocol/device-credentials');
  const made = await makeDeviceCredentials(keys.identity, keys.device);
  try {
    history.setSetting(CHAIN, made.chain);
  } catch (error) {
    // The next start makes them anew.
    if (!(error instanceof StorageError)) throw error;
  }
  return made;
}
