import type { PeerClient } from '../peer-api.ts';

/**
 * Has the peer stopped, and waits until this window is connected to the one that follows it, which has read the
 * secret storage anew.
 * @throws {PeerError} when no peer follows
 */
export async function restartPeer(client: PeerClient): Promise<void> {
  const gone = Promise.withResolvers<undefined>();
  const end = client.onDisconnected(() => gone.resolve(undefined));
  try {
    await client.request('restart', {});
    await gone.promise;
  } finally {
    end();
  }
  // Waits for a connection, no longer than is bearable.
  await client.request('subscribe', {});
}
