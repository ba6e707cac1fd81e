import { pino } from 'pino';
import type { Directory } from '../../src/core/ports.ts';
import { generateKeyPair, fingerprintOf, type KeyPair } from '@p2p-chat/protocol/identity';
import { type DiscoveryServer, startDiscoveryServer } from '../../../discovery-server/src/server.ts';
import { register } from '../../src/net/discovery-http.ts';
import { createDirectorySession } from '../../src/net/discovery-session.ts';
import { FIRST_DELAY_MS } from '../../src/core/backoff.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { steadyRandom, systemClock } from '../support/system-clock.ts';
import { temporaryFolder } from '../support/temporary.ts';
import type { DirectoryWorld } from './directory.contract.ts';
import { noLog } from './link-world.ts';

const logger = pino({ level: 'silent' });

/** The real discovery server on 127.0.0.1, and sessions whose time a test moves. */
export async function openRealDirectory(): Promise<DirectoryWorld> {
  const dataDir = temporaryFolder();
  const clock = new FakeClock();
  const keys = new Map<string, KeyPair>();
  const sessions: Directory[] = [];
  let server: DiscoveryServer | undefined = await startDiscoveryServer({
    host: '127.0.0.1',
    port: 0,
    dataDir,
    logger,
  });
  const { host, port } = server.address;
  const url = new URL(server.url);
  const newKey = (): { identity: string; identityKey: KeyPair } => {
    const identityKey = generateKeyPair();
    const identity = fingerprintOf(identityKey.publicKey);
    keys.set(identity, identityKey);
    return { identity, identityKey };
  };
  return {
    register: async (name) => {
      const { identityKey } = newKey();
      const registered = await register({
        server: url,
        name,
        identityKey,
        clock: systemClock,
        proxy: { noProxy: [] },
      });
      return registered.user;
    },
    unknownIdentity: () => newKey().identity,
    session: (identity, device) => {
      const identityKey = keys.get(identity);
      if (identityKey === undefined) throw new Error('a test made no such identity');
      const session = createDirectorySession({
        server: url,
        identityKey,
        device,
        clock,
        random: steadyRandom,
        log: noLog,
        proxy: { noProxy: [] },
      });
      sessions.push(session);
      return session;
    },
    setDown: async (down) => {
      if (down) {
        await server?.stop();
        server = undefined;
      } else {
        server = await startDiscoveryServer({ host, port, dataDir, logger });
        // Time for a second attempt, far from any handshake's end.
        await clock.advance(4 * FIRST_DELAY_MS);
      }
    },
    stop: async () => {
      await Promise.all(sessions.map((session) => session.stop(true)));
      await server?.stop();
    },
  };
}
