import type { DeviceCredentials } from '@p2p-chat/protocol/certificates';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Channel } from '../core/net-ports.ts';
import type { Clock, Log } from '../core/ports.ts';
import { ListenError, type Listener, type ListenerOptions } from '../net/listener.ts';
import { PeerError } from '../peer-api.ts';
import type { Remembered } from './remembered.ts';
import { t } from '../core/words.ts';

export type CreateListener = (options: ListenerOptions) => Listener;

export interface ListeningParts {
  readonly credentials: DeviceCredentials;
  readonly clock: Clock;
  readonly log: Log;
  readonly remembered: Remembered;
  isContact(identity: Fingerprint): boolean;
  readonly createListener: CreateListener;
  onChannel(channel: Channel): void;
}

/**
 * Listens on the port that was chosen; else on the last one, so that firewalls and contacts know it; else on any.
 * @param wanted host, empty for every interface, and port, 0 for none chosen
 * @throws {ListenError}
 */
export async function startListening(
  parts: ListeningParts,
  wanted: { readonly listenHost: string; readonly listenPort: number },
): Promise<{ listener: Listener; port: number }> {
  const { remembered, createListener, ...rest } = parts;
  const ports = wanted.listenPort > 0 ? [wanted.listenPort] : [...new Set([remembered.port, 0])];
  for (const [index, candidate] of ports.entries()) {
    const listener = createListener({ ...rest, host: wanted.listenHost, port: candidate });
    try {
      const { port } = await listener.start();
      remembered.port = port;
      return { listener, port };
    } catch (error) {
      await listener.stop();
      const another = index + 1 < ports.length;
      if (!another || !(error instanceof ListenError) || error.code !== 'port-taken') throw error;
    }
  }
  throw new PeerError('listen-failed', t('No port could be opened.'));
}
