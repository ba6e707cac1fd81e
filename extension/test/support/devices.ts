import type { DeviceCredentials } from '@p2p-chat/protocol/certificates';
import { makeDeviceCredentials } from '@p2p-chat/protocol/device-credentials';
import { generateKeyPair, type KeyPair } from '@p2p-chat/protocol/identity';

/** A device of its own identity, with all keys. */
export interface TestDevice {
  readonly identityKey: KeyPair;
  readonly deviceKey: KeyPair;
  readonly credentials: DeviceCredentials;
}

/** Makes a device, of this identity or of a new one. */
export async function makeDevice(identityKey: KeyPair = generateKeyPair()): Promise<TestDevice> {
  const deviceKey = generateKeyPair();
  return { identityKey, deviceKey, credentials: await makeDeviceCredentials(identityKey, deviceKey) };
}

/** The certificates of a PEM chain, one by one. */
export function pemCertificates(chain: string): string[] {
  return chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g) ?? [];
}
