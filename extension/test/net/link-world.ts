import type { DeviceCredentials } from '@p2p-chat/protocol/certificates';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Channel } from '../../src/core/net-ports.ts';
import type { Clock, Log } from '../../src/core/ports.ts';
import { createDialer, type LinkDialer } from '../../src/net/dialer.ts';
import type { ListenerLimits } from '../../src/net/handshakes.ts';
import { createListener } from '../../src/net/listener.ts';
import { makeDevice, type TestDevice } from '../support/devices.ts';
import { EventLog } from '../support/event-log.ts';
import { systemClock } from '../support/system-clock.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import type { ChannelWorld } from './channel.contract.ts';

/** A signal that never comes. */
export const never: AbortSignal = new AbortController().signal;

export const noLog: Log = () => undefined;

/** A dialer as it is where the discovery server is on this machine. */
export function localDialer(options: {
  readonly credentials: DeviceCredentials;
  readonly clock: Clock;
}): LinkDialer {
  return createDialer({ ...options, mayDialLoopback: () => true });
}

/** A device that listens on 127.0.0.1, and every channel that came in. */
export interface ListeningDevice {
  readonly device: TestDevice;
  readonly port: number;
  readonly channels: EventLog<Channel>;
  stop(): Promise<void>;
}

export async function startListening(
  options: { clock?: Clock; limits?: Partial<ListenerLimits>; contacts?: readonly Fingerprint[] } = {},
): Promise<ListeningDevice> {
  const { clock = systemClock, limits = {}, contacts = [] } = options;
  const device = await makeDevice();
  const channels = new EventLog<Channel>();
  const listener = createListener({
    credentials: device.credentials,
    clock,
    log: noLog,
    host: '127.0.0.1',
    port: 0,
    limits,
    isContact: (identity) => contacts.includes(identity),
    onChannel: (channel) => channels.add(channel),
  });
  const { port } = await listener.start();
  return { device, port, channels, stop: () => listener.stop() };
}

/** A link between two new devices, through a proxy that can cut or freeze it. */
export async function openLink(
  clock: Clock = systemClock,
): Promise<ChannelWorld & { readonly proxy: TcpProxy }> {
  const listening = await startListening({ clock });
  const proxy = await startTcpProxy(listening.port);
  const stop = async (): Promise<void> => {
    await proxy.stop();
    await listening.stop();
  };
  try {
    const { credentials } = await makeDevice();
    const near = await localDialer({ credentials, clock }).dial(
      listening.device.credentials.identity,
      [{ address: '127.0.0.1', port: proxy.port }],
      never,
    );
    const far = await listening.channels.first(() => true);
    return { near, far, proxy, cut: () => proxy.cut(), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
