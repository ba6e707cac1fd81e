import { AddressError, DataFolderInUseError, PortTakenError, StartError } from './errors.ts';
import { readJoinCode } from './join-code.ts';
import { SERVER_LIMITS } from './limits.ts';
import { createLogger } from './log.ts';
import { type Command, HELP, OptionError, readCommand } from './options.ts';
import { startDiscoveryServer } from './server.ts';
import { VERSION } from './version.ts';

/** The command: reads its options, runs one server until a signal comes. */
async function main(): Promise<number> {
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
        await serve(command);
      } finally {
        // An input that is still open would keep the process.
        if (command.untilStdinEnds) process.stdin.destroy();
      }
      return 0;
  }
}

async function serve(command: Extract<Command, { kind: 'serve' }>): Promise<void> {
  const { host, port, alsoPorts, data, logFormat, tls, proxy, accountsPerHour, relayRate } = command;
  // Listened for from the start: a signal that comes while accounts are being loaded must not go unheard.
  const asked = new Promise<string>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
    if (command.untilStdinEnds) whenStdinEnds(() => resolve('standard input has ended'));
  });
  const logger = createLogger(logFormat);
  const joinCode = await joinCodeOf(command);
  const server = await startDiscoveryServer({
    host,
    port,
    alsoPorts,
    dataDir: data,
    logger,
    ...(tls === undefined ? {} : { tls }),
    ...(proxy === undefined ? {} : { proxy }),
    ...(joinCode === undefined ? {} : { joinCode }),
    limits: {
      ...(accountsPerHour === undefined
        ? {}
        : { newAccounts: { ...SERVER_LIMITS.newAccounts, calls: accountsPerHour } }),
      ...(relayRate === null
        ? { relays: 0 }
        : relayRate === undefined
          ? {}
          : { relayBytesPerSecond: relayRate }),
    },
  });
  logger.info(`stopping: ${await asked}`);
  await server.stop();
}

/** What is written there counts for nothing. A pipe that breaks has ended too. */
function whenStdinEnds(ended: () => void): void {
  process.stdin.once('end', ended).once('close', ended).once('error', ended).resume();
}

async function joinCodeOf({ joinCode }: Extract<Command, { kind: 'serve' }>): Promise<string | undefined> {
  if (joinCode === undefined) return undefined;
  return 'text' in joinCode ? joinCode.text : readJoinCode(joinCode.file);
}

function report(error: unknown): number {
  if (error instanceof OptionError) {
    process.stderr.write(`discovery-server: ${error.message}. Try --help.\n`);
    return 2;
  }
  const what = error instanceof StartError ? error.message : unforeseen(error);
  process.stderr.write(`discovery-server: ${what}\n`);
  return exitCodeOf(error);
}

/** What a program that starts this one can do something about has a code of its own; see HELP. */
function exitCodeOf(error: unknown): number {
  if (error instanceof PortTakenError) return 3;
  if (error instanceof AddressError) return 4;
  return error instanceof DataFolderInUseError ? 5 : 1;
}

/** A fault of the program: whoever reports it needs the stack. */
function unforeseen(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

process.exitCode = await main().catch(report);
