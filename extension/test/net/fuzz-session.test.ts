import assert from 'node:assert/strict';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { SessionClose } from '@p2p-chat/protocol/discovery';
import { createDirectorySession } from '../../src/net/discovery-session.ts';
import { plainAccess } from '../../src/net/server-access.ts';
import { makeDevice } from '../support/devices.ts';
import { fingerprintNamed } from '../support/envelopes.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { startScriptedServer } from '../support/scripted-server.ts';
import { steadyRandom } from '../support/system-clock.ts';
import { recordDirectory } from './directory.contract.ts';
import { noLog } from './link-world.ts';
import { noRelay } from '../support/no-relay.ts';

/** A discovery server that says any frames there are, in any order. */

const { credentials, identityKey } = await makeDevice();
const { identity } = credentials;
const carol = fingerprintNamed('Carol');
const epochs = [randomUUID(), randomUUID()] as const;

const id = fc.integer({ min: 0, max: 4 });
const position = fc.record({
  epoch: fc.constantFrom(...epochs),
  seq: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(Number.MAX_SAFE_INTEGER)),
});
const user = fc.record({ name: fc.constantFrom('Sam', 'Carol'), identity: fc.constantFrom(identity, carol) });
const presence = fc.tuple(user, fc.boolean()).map(([who, online]) => ({
  ...who,
  online,
  lastSeen: null,
  device: null,
  endpoints: [{ address: '127.0.0.1', port: 5000 }],
}));
const frames = fc.array(
  fc.oneof(
    fc.constant({ type: 'challenge', nonce: Buffer.alloc(32).toString('base64'), binding: 'plain' }),
    user.map((who) => ({ type: 'welcome', user: who, epoch: epochs[0] })),
    fc.constant({ type: 'welcome', user: { name: 'Sam', identity }, epoch: epochs[0] }),
    fc.record({ type: fc.constant('result'), id, found: fc.option(presence) }),
    fc.record({ type: fc.constant('result'), id, user }),
    fc.record({
      type: fc.constant('error'),
      id,
      code: fc.constantFrom('not-found', 'too-many'),
      message: fc.string(),
    }),
    fc.tuple(position, presence).map(([at, who]) => ({ type: 'presence', ...at, presence: who })),
    fc.tuple(position, presence).map(([at, who]) => ({ type: 'account', ...at, presence: who })),
    fc.tuple(position, fc.array(presence)).map(([at, presences]) => ({ type: 'snapshot', ...at, presences })),
    position.map((at) => ({ type: 'removed', ...at, identity: carol })),
    position.map((at) => ({ type: 'succession', ...at, successions: [] })),
    fc.jsonValue(),
  ),
  { maxLength: 12 },
);
const closing = fc.constantFrom(null, 1000, ...Object.values(SessionClose));

test('a session lives through whatever a server says, and ends or goes on', async () => {
  const server = await startScriptedServer();
  let connected = 0;
  await fc.assert(
    fc.asyncProperty(fc.boolean(), frames, closing, async (properly, said, code) => {
      const clock = new FakeClock();
      const from = server.sessions.all.length;
      const session = createDirectorySession({
        ...noRelay,
        server: server.url,
        access: plainAccess(server.url),
        look: () => assert.fail('nothing is looked at on plain HTTP'),
        refused: () => undefined,
        identityKey,
        device: credentials.device,
        takeOver: false,
        clock,
        random: steadyRandom,
        log: noLog,
      });
      const log = recordDirectory(session);
      const there = await server.sessions.first(() => true, from);
      const ended = once(there.ws, 'close');
      if (properly) {
        there.challenge();
        there.say({ type: 'welcome', user: { name: 'Sam', identity }, epoch: epochs[0] });
      }
      for (const frame of said) there.ws.send(JSON.stringify(frame));
      const ponged = once(there.ws, 'pong');
      there.ws.ping();
      await Promise.race([ponged, ended]);
      if (code !== null) there.ws.close(code);
      const lookedUp = session.lookUp(carol).catch((error: unknown) => assert.ok(error instanceof Error));
      const stopped = session.stop(false);
      await clock.advance(11_000);
      await Promise.all([stopped, ended, lookedUp]);
      connected += log.all.filter(({ kind }) => kind === 'connected').length;
      assert.equal(clock.pending, 0);
    }),
    { numRuns: 150 },
  );
  await server.stop();
  assert.ok(connected > 20, `only ${connected} sessions came so far as to be open`);
});
