import { fingerprintNamed } from '../support/envelopes.ts';
import { MemoryDirectoryServer } from '../support/memory-directory.ts';
import { directoryContract } from './directory.contract.ts';
import { openRealDirectory } from './real-directory.ts';

directoryContract('in memory', () => {
  const server = new MemoryDirectoryServer();
  return Promise.resolve({
    register: (name) => {
      const user = { name, identity: fingerprintNamed(name) };
      server.register(user);
      return Promise.resolve(user);
    },
    session: (identity, device) => server.session(identity, device),
    unknownIdentity: () => fingerprintNamed('nobody'),
    setDown: (down) => {
      server.setDown(down);
      return Promise.resolve();
    },
    stop: () => Promise.resolve(),
  });
});

directoryContract('of a real server', openRealDirectory);
