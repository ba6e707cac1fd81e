import { fingerprintOf, generateKeyPair, type KeyPair } from '@p2p-chat/protocol/identity';
import { makeSuccession, type Succession } from '@p2p-chat/protocol/succession';
import { fingerprintNamed } from '../support/envelopes.ts';
import { MemoryDirectoryServer } from '../support/memory-directory.ts';
import { directoryContract } from './directory.contract.ts';
import { openRealDirectory } from './real-directory.ts';

directoryContract('in memory', () => {
  const server = new MemoryDirectoryServer();
  const keys = new Map<string, KeyPair>();
  const chains = new Map<string, Succession[]>();
  const newIdentity = (): string => {
    const key = generateKeyPair();
    const identity = fingerprintOf(key.publicKey);
    keys.set(identity, key);
    return identity;
  };
  return Promise.resolve({
    register: (name) => {
      const user = { name, identity: newIdentity() };
      server.register(user);
      return Promise.resolve(user);
    },
    succeed: ({ identity }) => {
      const next = newIdentity();
      const [from, to] = [keys.get(identity), keys.get(next)];
      if (from === undefined || to === undefined) throw new Error('a test made no such identity');
      const chain = [...(chains.get(identity) ?? []), makeSuccession(from, to)];
      chains.set(next, chain);
      return Promise.resolve({ user: server.succeed(chain), chain });
    },
    session: (identity, device, takeOver) => server.session(identity, device, takeOver),
    unknownIdentity: () => fingerprintNamed('nobody'),
    setDown: (down) => {
      server.setDown(down);
      return Promise.resolve();
    },
    stop: () => Promise.resolve(),
  });
});

directoryContract('of a real server', openRealDirectory);
