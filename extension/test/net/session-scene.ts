import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Presence, User } from '@p2p-chat/protocol/discovery';
import type { Directory } from '../../src/core/net-ports.ts';
import { createDirectorySession } from '../../src/net/discovery-session.ts';
import type { DiscoveryError } from '../../src/net/server-address.ts';
import { plainAccess } from '../../src/net/server-access.ts';
import { makeDevice } from '../support/devices.ts';
import { fingerprintNamed } from '../support/envelopes.ts';
import type { EventLog } from '../support/event-log.ts';
import { FakeClock } from '../support/fake-clock.ts';
import {
  type ScriptedServer,
  type ScriptedSession,
  startScriptedServer,
} from '../support/scripted-server.ts';
import { steadyRandom } from '../support/system-clock.ts';
import { connected, recordDirectory } from './directory.contract.ts';
import { noLog } from './link-world.ts';
import { noRelay } from '../support/no-relay.ts';

export const { credentials, identityKey } = await makeDevice();

export const sam: User = { name: 'Sam', identity: credentials.identity };

export const carol = fingerprintNamed('Carol');

export function presence(lastSeen: number): Presence {
  return { name: 'Carol', identity: carol, online: false, lastSeen, device: null, endpoints: [] };
}

export interface Scene {
  readonly server: ScriptedServer;
  readonly clock: FakeClock;
  readonly session: Directory;
  readonly log: ReturnType<typeof recordDirectory>;
  /** The server's side of the first connection. */
  readonly there: ScriptedSession;
  /** Why this end would not sign in. */
  readonly refusals: readonly DiscoveryError[];
}

/** The way to a server on plain HTTP, which is never looked at twice. */
export const plainly = (server: URL) => ({
  server,
  access: plainAccess(server),
  look: () => assert.fail('nothing is looked at on plain HTTP'),
});

export async function scene(run: (scene: Scene) => Promise<void>): Promise<void> {
  const server = await startScriptedServer();
  const clock = new FakeClock();
  const refusals: DiscoveryError[] = [];
  const session = createDirectorySession({
    ...noRelay,
    ...plainly(server.url),
    refused: (why) => refusals.push(why),
    identityKey,
    device: credentials.device,
    takeOver: true,
    clock,
    random: steadyRandom,
    log: noLog,
  });
  session.announce([{ address: '127.0.0.1', port: 5000 }]);
  const log = recordDirectory(session);
  try {
    await run({ server, clock, session, log, there: await server.sessions.first(() => true), refusals });
  } finally {
    const stopped = session.stop(false);
    await clock.advance(1_000);
    await stopped;
    await server.stop();
  }
  assert.equal(clock.pending, 0);
}

export async function signedIn({ there, log }: Scene): Promise<void> {
  there.challenge();
  await there.welcome(sam);
  await connected(log);
}

/** Whatever the client sent before this has come when it resolves. */
export async function heardFrom(there: ScriptedSession): Promise<void> {
  const ponged = once(there.ws, 'pong');
  there.ws.ping();
  await ponged;
}

export const disconnections = (log: Scene['log']): string[] =>
  log.all.flatMap((event) => (event.kind === 'disconnected' ? [event.why] : []));

export const countOf = (frames: EventLog<{ type: string }>, type: string): number =>
  frames.all.filter((frame) => frame.type === type).length;
