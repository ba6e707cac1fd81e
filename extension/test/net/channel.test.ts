import { memoryChannelPair } from '../support/memory-channel.ts';
import { fingerprintNamed } from '../support/envelopes.ts';
import { channelContract } from './channel.contract.ts';
import { openLink } from './link-world.ts';

channelContract('in memory', () => {
  const end = (name: string): { identity: string; device: string } => ({
    identity: fingerprintNamed(name),
    device: fingerprintNamed(`${name}'s device`),
  });
  const endpoint = { address: '127.0.0.1', port: 5000 };
  const [near, far] = memoryChannelPair(end('Sam'), end('Carol'), endpoint);
  return Promise.resolve({ near, far, cut: () => near.cut(), stop: () => Promise.resolve() });
});

channelContract('over TLS', () => openLink());
