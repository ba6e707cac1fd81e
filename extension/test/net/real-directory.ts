import { pino } from 'pino';
import type { User } from '@p2p-chat/protocol/discovery';
import { generateKeyPair, fingerprintOf, type KeyPair } from '@p2p-chat/protocol/identity';
import { makeSuccession, type Succession } from '@p2p-chat/protocol/succession';
import type { Directory } from '../../src/core/net-ports.ts';
import { type DiscoveryServer, startDiscoveryServer } from '../../../discovery-server/src/server.ts';
import { register } from '../../src/net/discovery-http.ts';
import { createDirectorySession } from '../../src/net/discovery-session.ts';
import { plainAccess } from '../../src/net/server-access.ts';
import { FIRST_DELAY_MS } from '../../src/core/backoff.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { steadyRandom, systemClock } from '../support/system-clock.ts';
import { temporaryFolder } from '../support/temporary.ts';
import type { DirectoryWorld } from './directory.contract.ts';
import { noLog } from './link-world.ts';
import { noRelay } from '../support/no-relay.ts';

const logger = pino({ level: 'silent' });

/** The real discovery server on 127.0.0.1, and sessions whose time a test moves. */
export async function openRealDirectory(): Promise<DirectoryWorld> {
  const dataDir = temporaryFolder();
  const clock = new FakeClock();
  const keys = new Map<string, KeyPair>();
  const chains = new Map<string, Succession[]>();
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
  const registerAs = async (name: string, identityKey: KeyPair, successions: Succession[]): Promise<User> => {
    const access = plainAccess(url);
    const who = { name, identityKey, successions, joinCode: null };
    return (await register({ access, ...who, clock: systemClock })).user;
  };
  return {
    register: async (name) => {
      const { identityKey } = newKey();
      return await registerAs(name, identityKey, []);
    },
    succeed: async ({ identity, name }) => {
      const from = keys.get(identity);
      if (from === undefined) throw new Error('a test made no such identity');
      const chain = [...(chains.get(identity) ?? [])];
      const next = newKey();
      chain.push(makeSuccession(from, next.identityKey));
      chains.set(next.identity, chain);
      return { user: await registerAs(name, next.identityKey, chain), chain };
    },
    unknownIdentity: () => newKey().identity,
    session: (identity, device, takeOver = false) => {
      const identityKey = keys.get(identity);
      if (identityKey === undefined) throw new Error('a test made no such identity');
      const session = createDirectorySession({
        ...noRelay,
        server: url,
        access: plainAccess(url),
        look: () => Promise.resolve(plainAccess(url)),
        refused: () => undefined,
        identityKey,
        device,
        takeOver,
        clock,
        random: steadyRandom,
        log: noLog,
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
