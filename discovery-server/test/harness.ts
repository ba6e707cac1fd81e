import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { type Logger, pino } from 'pino';
import type { CertificateFiles } from '../src/certificate.ts';
import type { ServerLimits } from '../src/limits.ts';
import { noMetrics, type ServerState } from '../src/metrics.ts';
import {
  type DiscoveryServer,
  type DiscoveryServerOptions,
  type ProxySettings,
  startDiscoveryServer,
} from '../src/server.ts';
import type { Randomness } from '../src/randomness.ts';
import type { AccountStore } from '../src/store/account-store.ts';
import { memoryStore } from '../src/store/memory.ts';
import { cleanUp } from './cleanup.ts';
import { FakeClock } from './fake-clock.ts';
import { type Person, person, register, TestSession } from './test-client.ts';

export const silent = pino({ level: 'silent' });

/** What a test may choose about its server. */
export interface HarnessOptions {
  readonly store?: AccountStore;
  readonly dataDir?: string;
  readonly clock?: FakeClock;
  readonly randomness?: Randomness;
  readonly host?: string;
  readonly tls?: CertificateFiles | 'self-made';
  readonly proxy?: ProxySettings;
  readonly alsoPorts?: readonly number[];
  readonly joinCode?: string;
  readonly limits?: Partial<ServerLimits>;
  readonly logger?: Logger;
  readonly backlogBytes?: { readonly push: number; readonly session: number };
  readonly metrics?: NonNullable<DiscoveryServerOptions['metrics']>;
  readonly administer?: NonNullable<DiscoveryServerOptions['administer']>;
}

/** A server of one test, with its own fake time; gone when the test is over. */
export interface Harness {
  readonly server: DiscoveryServer;
  readonly url: string;
  readonly clock: FakeClock;
  /** Registers somebody new. */
  readonly member: (name: string) => Promise<Person>;
  /** Registers somebody new and signs them in. */
  readonly signedIn: (name: string) => Promise<{ who: Person; session: TestSession }>;
  /** Lets time pass second by second while these sessions, and no others, show that they are alive. */
  readonly pass: (ms: number, ...alive: TestSession[]) => Promise<void>;
}

export async function startHarness(t: TestContext, options: HarnessOptions = {}): Promise<Harness> {
  const { dataDir, clock = new FakeClock(), store = memoryStore(), ...rest } = options;
  const place = dataDir === undefined ? { store } : { dataDir };
  const server = await startDiscoveryServer({
    host: '127.0.0.1',
    port: 0,
    logger: silent,
    clock,
    ...place,
    ...rest,
  });
  cleanUp(t, async () => {
    const stopping = server.stop();
    clock.advance(5_000);
    await stopping;
  });
  const { url } = server;
  const member = async (name: string): Promise<Person> => {
    const who = person(name);
    const { status, text } = await register(url, who);
    if (status !== 201) throw new Error(text);
    return who;
  };
  return {
    server,
    url,
    clock,
    member,
    async signedIn(name) {
      const who = await member(name);
      return { who, session: await TestSession.signedIn(url, who) };
    },
    async pass(ms, ...alive) {
      for (let left = ms; left > 0; left -= 1_000) {
        clock.advance(Math.min(left, 1_000));
        await Promise.all(alive.map((session) => session.ask({ type: 'look-up', identity: '0'.repeat(64) })));
      }
    },
  };
}

/** Metrics by which a test sees the server's state. */
export function observed(): {
  readonly metrics: NonNullable<DiscoveryServerOptions['metrics']>;
  readonly state: () => ServerState;
} {
  let look = (): ServerState => {
    throw new Error('the server does not run');
  };
  const of = {
    ...noMetrics,
    contentType: 'text/plain',
    observe: (state: () => ServerState) => void (look = state),
    read: () => Promise.resolve(''),
  };
  return { metrics: { of, listen: { host: '127.0.0.1', port: 0 } }, state: () => look() };
}

/** A folder that is removed after the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'p2p-chat-server-'));
  cleanUp(t, () => rm(folder, { recursive: true, force: true }));
  return folder;
}
