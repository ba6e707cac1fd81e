import type { Channel } from '../../src/core/net-ports.ts';
import type { Clock } from '../../src/core/ports.ts';
import { createListener, type Listener } from '../../src/net/listener.ts';
import { openRelay } from '../../src/net/relay-stream.ts';
import { makeDevice, type TestDevice } from '../support/devices.ts';
import { EventLog } from '../support/event-log.ts';
import { type HostileRelay, startHostileRelay } from '../support/hostile-relay.ts';
import { systemClock } from '../support/system-clock.ts';
import type { ChannelWorld } from './channel.contract.ts';
import { localDialer, never, noLog } from './link-world.ts';

/** Two devices that have nothing between them but a relay. */
export interface RelayedPair {
  readonly relay: HostileRelay;
  readonly sam: TestDevice;
  readonly carol: TestDevice;
  /** Carol's, which nobody dials. */
  readonly listener: Listener;
  /** Whoever came to Carol. */
  readonly channels: EventLog<Channel>;
  /** Sam dials Carol; who takes Carol's seat is `other`, if not she. */
  dial(other?: Listener): Promise<Channel>;
  stop(): Promise<void>;
}

export async function startRelayedPair(clock: Clock = systemClock): Promise<RelayedPair> {
  const relay = await startHostileRelay();
  const [sam, carol] = [await makeDevice(), await makeDevice()];
  const channels = new EventLog<Channel>();
  const listener = relayListener(carol, channels, clock);
  const dialer = localDialer({ credentials: sam.credentials, clock });
  const enter = () => openRelay({ access: relay.access, ticket: 'any', clock, signal: never });
  return {
    relay,
    sam,
    carol,
    listener,
    channels,
    dial: async (other = listener) => {
      const near = await enter();
      other.join(await enter());
      return dialer.through(near, carol.credentials.identity, never);
    },
    stop: async () => {
      await listener.stop();
      await relay.stop();
    },
  };
}

/** A listener to whom nobody comes but through a relay. */
export function relayListener(
  { credentials }: TestDevice,
  channels: EventLog<Channel>,
  clock: Clock = systemClock,
): Listener {
  return createListener({
    credentials,
    clock,
    log: noLog,
    host: '127.0.0.1',
    port: 0,
    isContact: () => true,
    onChannel: (channel) => channels.add(channel),
  });
}

/** A link through a relay. */
export async function openRelayedLink(
  clock?: Clock,
): Promise<ChannelWorld & { readonly relay: HostileRelay }> {
  const pair = await startRelayedPair(clock);
  await pair.listener.start();
  try {
    const near = await pair.dial();
    const far = await pair.channels.first(() => true);
    const { relay } = pair;
    return { near, far, relay, cut: () => relay.cut(), stop: () => pair.stop() };
  } catch (error) {
    await pair.stop();
    throw error;
  }
}
