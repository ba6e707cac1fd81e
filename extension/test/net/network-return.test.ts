import assert from 'node:assert/strict';
import type { LookupFunction } from 'node:net';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { SessionClose, type User } from '@p2p-chat/protocol/discovery';
import type { Directory } from '../../src/core/net-ports.ts';
import { createDirectorySession } from '../../src/net/discovery-session.ts';
import type { Interfaces } from '../../src/net/endpoints.ts';
import { plainAccess, type ServerAccess } from '../../src/net/server-access.ts';
import { makeDevice } from '../support/devices.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { type ScriptedServer, startScriptedServer } from '../support/scripted-server.ts';
import { noRelay } from '../support/no-relay.ts';
import { steadyRandom } from '../support/system-clock.ts';
import { connected, recordDirectory } from './directory.contract.ts';
import { noLog } from './link-world.ts';

const { credentials, identityKey } = await makeDevice();
const sam: User = { name: 'Sam', identity: credentials.identity };

/** What a network does with names: gives addresses, says that nobody can be asked, or says nothing at all. */
type Network = 'there' | 'away' | 'silent';

interface Machine {
  /** What the machine says that it has. */
  own: Interfaces;
  network: Network;
  /** Names that were to be looked up: attempts. */
  attempts: number;
}

interface Scene {
  readonly server: ScriptedServer;
  readonly clock: FakeClock;
  readonly session: Directory;
  readonly log: ReturnType<typeof recordDirectory>;
  readonly here: Machine;
}

/** Somebody who is signed in. */
async function scene(run: (scene: Scene) => Promise<void>): Promise<void> {
  const server = await startScriptedServer();
  const clock = new FakeClock();
  const here: Machine = { own: networkInterfaces, network: 'there', attempts: 0 };
  const lookup: LookupFunction = (_name, options, done) => {
    here.attempts += 1;
    if (here.network === 'silent') return;
    if (here.network === 'away') done(Object.assign(new Error('no network'), { code: 'EAI_AGAIN' }), '');
    else if (options.all === true) done(null, [{ address: '127.0.0.1', family: 4 }]);
    else done(null, '127.0.0.1', 4);
  };
  const url = new URL(server.url);
  url.hostname = 'localhost';
  const access: ServerAccess = { ...plainAccess(url), transport: { lookup } };
  const session = createDirectorySession({
    ...noRelay,
    server: url,
    access,
    look: () => assert.fail('nothing is looked at on plain HTTP'),
    refused: () => assert.fail('nothing is refused'),
    identityKey,
    device: credentials.device,
    takeOver: false,
    clock,
    interfaces: () => here.own(),
    random: steadyRandom,
    log: noLog,
  });
  session.announce([{ address: '127.0.0.1', port: 5000 }]);
  const log = recordDirectory(session);
  try {
    const there = await server.sessions.first(() => true);
    there.challenge();
    await there.welcome(sam);
    await connected(log);
    await run({ server, clock, session, log, here });
  } finally {
    const stopped = session.stop(false);
    await clock.advance(1_000);
    await stopped;
    await server.stop();
  }
  assert.equal(clock.pending, 0);
}

const isLost = ({ log }: Scene): Promise<unknown> => log.first(({ kind }) => kind === 'disconnected');

/** Moves on by so many milliseconds in small steps, since names are looked up in real time. */
async function pass({ clock }: Scene, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 250) {
    await clock.advance(250);
    await clock.settle();
  }
}

/**
 * A name that nobody answers is asked for once in an attempt, of which each has its time. What TCP sends, systems send again
 * after one and three seconds.
 */
for (const [network, within] of [
  ['away', 2_000],
  ['silent', 5_500],
] as const) {
  test(`a network that was ${network} for half a minute is tried ${within} ms after its return at the latest`, () =>
    scene(async (scene) => {
      const { here, clock, session, server } = scene;
      here.network = network;
      here.own = () => ({});
      session.announce([]);
      await isLost(scene);
      await pass(scene, 30_000);
      assert.ok(here.attempts > 5, `${here.attempts} attempts`);
      here.network = 'there';
      const { attempts } = here;
      const before = clock.now();
      while (here.attempts === attempts) await pass(scene, 250);
      assert.ok(clock.now() - before <= within, `${clock.now() - before} ms`);
      await server.sessions.count(2);
    }));
}

for (const [listening, port] of [
  ['anywhere', 5001],
  ['at an address of its own, which stays', 5000],
] as const) {
  test(`a connection ends at once when this machine has its address no longer, and listens ${listening}`, () =>
    scene(async (scene) => {
      scene.here.own = () => ({});
      scene.session.announce([{ address: '127.0.0.1', port }]);
      await isLost(scene);
      await pass(scene, 500);
      await scene.server.sessions.count(2);
    }));
}

test('a machine that slept during a long pause does not wait for its end', () =>
  scene(async (scene) => {
    const { here, clock, server } = scene;
    const [first] = server.sessions.all;
    first?.ws.close(SessionClose.goingAway);
    await isLost(scene);
    here.network = 'away';
    clock.jump(3_600_000);
    const before = here.attempts;
    await pass(scene, 2_000);
    assert.ok(here.attempts > before);
  }));
