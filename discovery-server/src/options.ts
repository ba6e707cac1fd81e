import { parseArgs } from 'node:util';
import { isLoopback } from './listen.ts';
import { LOG_FORMATS, type LogFormat } from './log.ts';

/** What the command was asked to do. */
export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | {
      readonly kind: 'serve';
      readonly host: string;
      readonly port: number;
      readonly data: string;
      readonly logFormat: LogFormat;
    };

/** An option is unknown or has a bad value. The message says which, and what would be right. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

export const HELP = `Usage: discovery-server [options]

Knows who is who and who is online for P2P Chat, and never sees a message.

Options:
  --host <address>       where to listen: 127.0.0.1 (default), ::1 or localhost. Other addresses are
                         refused until this server has HTTPS.            [P2P_CHAT_HOST]
  --port <number>        0 to 65535, default 8000; 0 takes any free one.  [P2P_CHAT_PORT]
  --data <folder>        where accounts are kept, default ./data; made if it is not there; one server
                         at a time.                                       [P2P_CHAT_DATA]
  --log-format <format>  pretty (default): one line per event for people; json: one object per line.
  --version              print the version and exit.
  --help                 print this and exit.

An environment variable in brackets does the same as its option; the option goes first.
Ctrl-C or SIGTERM stops the server. Exit code: 0 stopped, 1 could not start or go on, 2 a bad option.
`;

/**
 * Reads the command line and the environment.
 * @param args without the program's own name
 * @throws {OptionError}
 */
export function readCommand(args: readonly string[], env: NodeJS.ProcessEnv): Command {
  const values = parse(args);
  if (values.help === true) return { kind: 'help' };
  if (values.version === true) return { kind: 'version' };
  const pick = (option: 'host' | 'port' | 'data', fallback: string): { value: string; from: string } => {
    const variable = `P2P_CHAT_${option.toUpperCase()}`;
    const given = values[option];
    if (given !== undefined) return { value: given, from: `--${option}` };
    const set = env[variable];
    return set === undefined || set === '' ? { value: fallback, from: '' } : { value: set, from: variable };
  };
  const data = pick('data', './data');
  if (data.value === '') throw new OptionError(`${data.from} needs a folder`);
  return {
    kind: 'serve',
    host: readHost(pick('host', '127.0.0.1')),
    port: readPort(pick('port', '8000')),
    data: data.value,
    logFormat: readLogFormat(values['log-format']),
  };
}

function parse(args: readonly string[]): {
  help?: boolean | undefined;
  version?: boolean | undefined;
  host?: string | undefined;
  port?: string | undefined;
  data?: string | undefined;
  'log-format'?: string | undefined;
} {
  try {
    return parseArgs({
      args: [...args],
      options: {
        host: { type: 'string' },
        port: { type: 'string' },
        data: { type: 'string' },
        'log-format': { type: 'string' },
        version: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (cause) {
    const message = cause instanceof Error ? (cause.message.split('. ')[0] ?? '') : String(cause);
    throw new OptionError(message.replaceAll('\n', ' '), { cause });
  }
}

function readHost({ value, from }: { value: string; from: string }): string {
  if (isLoopback(value)) return value;
  throw new OptionError(
    `${from} ${value}: this version speaks plain HTTP, which anybody on the network could read and take over, ` +
      `so it serves this machine only (127.0.0.1, ::1 or localhost) until it has HTTPS`,
  );
}

function readPort({ value, from }: { value: string; from: string }): number {
  const port = Number(value);
  if (/^\d{1,5}$/.test(value) && port <= 65_535) return port;
  throw new OptionError(`${from} ${JSON.stringify(value)}: a port is a number from 0 to 65535`);
}

function readLogFormat(value = 'pretty'): LogFormat {
  const format = LOG_FORMATS.find((known) => known === value);
  if (format !== undefined) return format;
  throw new OptionError(`--log-format ${JSON.stringify(value)}: it is one of ${LOG_FORMATS.join(', ')}`);
}
