import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import type { ServerLimits } from '../../../discovery-server/src/limits.ts';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { person, register, TestSession } from '../../../discovery-server/test/test-client.ts';
import { openRelay } from '../../src/net/relay-stream.ts';
import { plainAccess } from '../../src/net/server-access.ts';
import { systemClock } from '../support/system-clock.ts';

const often = { calls: 1_000_000, seconds: 1 };

/** What a server is to allow, so that it is the peer behind its relay that is tried. */
export const OPEN_RELAY: Partial<ServerLimits> = {
  requests: often,
  calls: often,
  callsPerPair: often,
  relaysPerAccount: 1_000,
  relaysPerAddress: 1_000,
  relayBytesPerSecond: 2 ** 40,
};

/** A port of this machine. Whoever connects to it is led through the relay to one peer, byte for byte. */
export interface RelayDoor {
  readonly port: number;
  stop(): Promise<void>;
}

/** @param url of a discovery server, with OPEN_RELAY, where the peer of this identity is online */
export async function openRelayDoor(url: string, identity: Fingerprint): Promise<RelayDoor> {
  const keeper = person('Doorkeeper');
  const { status, text } = await register(url, keeper);
  if (status !== 201) throw new Error(text);
  const session = await TestSession.signedIn(url, keeper);
  const sockets = new Set<Socket>();
  const stopped = new AbortController();
  const access = plainAccess(new URL(url));
  const lead = async (socket: Socket): Promise<void> => {
    const answer = await session.ask({ type: 'relay', identity });
    if (answer.type === 'error') throw new Error(answer.message);
    const { ticket = '' } = answer;
    const stream = await openRelay({ access, ticket, clock: systemClock, signal: stopped.signal });
    if (socket.destroyed) stream.destroy();
    else pipeline(socket, stream, socket, () => undefined);
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    lead(socket).catch(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the door has no port');
  return {
    port: address.port,
    stop: async () => {
      stopped.abort();
      session.kill();
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
