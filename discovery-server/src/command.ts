import { constants } from 'node:os';
import type { Logger } from 'pino';
import { type Clock, systemClock } from './clock.ts';
import { StartError } from './errors.ts';
import { readJoinCode } from './join-code.ts';
import { SERVER_LIMITS } from './limits.ts';
import { createLogger } from './log.ts';
import type { ReadableMetrics } from './metrics.ts';
import type { Shared } from './others.ts';
import { type Command, HELP, readCommand } from './options.ts';
import { report } from './report.ts';
import { type AccountsPlace, type DiscoveryServerOptions, startDiscoveryServer } from './server.ts';
import { VERSION } from './version.ts';

/** What not every copy of the program can do. */
export interface Extras {
  readonly metrics?: () => ReadableMetrics;
  readonly administer?: NonNullable<DiscoveryServerOptions['administer']>;
  /** What a server shares with others by a Redis. */
  readonly share?: (url: string, parts: { logger: Logger; clock: Clock }) => Promise<Shared>;
}

/** The command: reads its options, runs one server until a signal comes. @returns the exit code, as HELP says */
export async function runCommand(extras: Extras): Promise<number> {
  return run(extras).catch(report);
}

async function run(extras: Extras): Promise<number> {
  const command = readCommand(process.argv.slice(2), process.env);
  switch (command.kind) {
    case 'help':
      process.stdout.write(HELP);
      return 0;
    case 'version':
      process.stdout.write(`${VERSION}\n`);
      return 0;
    case 'serve':
      try {
        await serve(command, extras);
      } finally {
        // An input that is still open would keep the process.
        if (command.untilStdinEnds) process.stdin.destroy();
      }
      return 0;
  }
}

type Serve = Extract<Command, { kind: 'serve' }>;

async function serve(command: Serve, extras: Extras): Promise<void> {
  const { host, port, alsoPorts, logFormat, logLevel, tls, proxy, accountsPerHour, metrics } = command;
  // Listened for from the start: a signal that comes while accounts are being loaded must not go unheard.
  const asked = new Promise<string>((resolve) => {
    onSignals(resolve);
    if (command.untilStdinEnds) whenStdinEnds(() => resolve('standard input has ended'));
  });
  const logger = createLogger(logFormat, logLevel);
  if (metrics !== undefined && extras.metrics === undefined) {
    throw new StartError('this copy of the server has no metrics: leave --metrics-port out.');
  }
  const joinCode = await joinCodeOf(command);
  const server = await startDiscoveryServer({
    host,
    port,
    alsoPorts,
    ...(await placeOf(command, extras, logger)),
    logger,
    ...(tls === undefined ? {} : { tls }),
    ...(proxy === undefined ? {} : { proxy }),
    ...(joinCode === undefined ? {} : { joinCode }),
    ...(command.instanceUrl === undefined ? {} : { instanceUrl: command.instanceUrl }),
    ...(extras.administer === undefined ? {} : { administer: extras.administer }),
    ...(metrics === undefined || extras.metrics === undefined
      ? {}
      : { metrics: { of: extras.metrics(), listen: metrics } }),
    limits: {
      ...(accountsPerHour === undefined
        ? {}
        : { newAccounts: { ...SERVER_LIMITS.newAccounts, calls: accountsPerHour } }),
      ...relayLimits(command.relayRate),
    },
  });
  const why = await asked;
  logger.info(`stopping: ${why}`);
  // Whoever presses Ctrl-C, or has ended, does not wait.
  if (why === 'SIGTERM' && command.drainSeconds > 0) await server.drain(command.drainSeconds * 1_000);
  await server.stop();
}

async function placeOf({ data, store }: Serve, { share }: Extras, logger: Logger): Promise<AccountsPlace> {
  if (store === undefined) return { dataDir: data };
  if (share === undefined) throw new StartError('this copy of the server has no Redis: leave --store out.');
  return { shared: await share(store, { logger, clock: systemClock }) };
}

function relayLimits(rate: Serve['relayRate']): { relays?: number; relayBytesPerSecond?: number } {
  if (rate === null) return { relays: 0 };
  return rate === undefined ? {} : { relayBytesPerSecond: rate };
}

/** The first asks for the end, a second one is the end: all that was acknowledged is on the disk at any moment. */
function onSignals(asked: (signal: NodeJS.Signals) => void): void {
  let first = true;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (!first) process.exit(128 + constants.signals[signal]);
      first = false;
      asked(signal);
    });
  }
}

/** What is written there counts for nothing. A pipe that breaks has ended too. */
function whenStdinEnds(ended: () => void): void {
  process.stdin.once('end', ended).once('close', ended).once('error', ended).resume();
}

async function joinCodeOf({ joinCode }: Serve): Promise<string | undefined> {
  if (joinCode === undefined) return undefined;
  return 'text' in joinCode ? joinCode.text : readJoinCode(joinCode.file);
}
