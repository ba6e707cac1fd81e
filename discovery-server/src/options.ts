import { parseArgs } from 'node:util';
import { type TrustProxy, trustOf } from './address.ts';
import type { CertificateFiles } from './certificate.ts';
import { systemCode } from './errors.ts';
import { MAX_ACCOUNTS, MAX_JOIN_CODE } from '@p2p-chat/protocol/limits';
import { isJoinCode, JOIN_CODE_RULE } from './join-code.ts';
import { MAX_DRAIN_SECONDS, SERVER_LIMITS } from './limits.ts';
import { isLoopback, type ListenAddress } from './listen.ts';
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from './log.ts';

/** What the command was asked to do. */
export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | {
      readonly kind: 'serve';
      readonly host: string;
      readonly port: number;
      readonly alsoPorts: readonly number[];
      readonly data: string;
      /** Where several servers have their accounts and whatever else they share; undefined: this one is alone. */
      readonly store: string | undefined;
      /** Address of this very server, for the relay. */
      readonly instanceUrl: string | undefined;
      readonly logFormat: LogFormat;
      readonly logLevel: LogLevel;
      readonly tls: CertificateFiles | 'self-made' | undefined;
      readonly proxy: { readonly publicOrigin: string; readonly trusted: TrustProxy } | undefined;
      readonly joinCode: { readonly text: string } | { readonly file: string } | undefined;
      readonly accountsPerHour: number | undefined;
      /** Undefined: none can be read. */
      readonly metrics: ListenAddress | undefined;
      /** How long a SIGTERM lets the server drain. */
      readonly drainSeconds: number;
      /** Bytes a second that one account may send through the relay; null: there is no relay. */
      readonly relayRate: number | null | undefined;
      /** The end of standard input, as with the program that started this one, stops the server. */
      readonly untilStdinEnds: boolean;
    };

/** An option is unknown or has a bad value. The message says which, and what would be right. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

/** First words that ask for something else than to serve; see admin/operate-options.ts. */
export const OPERATIONS: ReadonlySet<string> = new Set(['users', 'backup', 'restore']);

export const HELP = `Usage: discovery-server [options]
       discovery-server users list | rename | remove | reset-identity    (see users --help)
       discovery-server backup <file> | restore <file>
       discovery-server migrate --from <folder> --to redis://…           (and back, see migrate --help)

Knows who is who and who is online for P2P Chat, and never sees a message.

Options:
  --host <address>       where to listen, default 127.0.0.1; 0.0.0.0 or :: for every address of this
                         machine. Plain HTTP on loopback, HTTPS elsewhere.  [P2P_CHAT_HOST]
  --port <number>        0 to 65535, default 8000; 0 takes any free one.  [P2P_CHAT_PORT]
  --also-port <numbers>  other ports by which clients reach this server on plain HTTP, as through an
                         SSH tunnel; commas between, or again for each.   [P2P_CHAT_ALSO_PORT]
  --data <folder>        where accounts and the server's key are kept, default ./data; made if it is
                         not there; one server at a time.                 [P2P_CHAT_DATA]
  --log-format <format>  pretty (default): one line per event for people; json: one object per line.
                                                                          [P2P_CHAT_LOG_FORMAT]
  --log-level <level>    debug, info (default), warn or error; debug has a line for each request.
                                                                          [P2P_CHAT_LOG_LEVEL]
  --until-stdin-ends     stop when standard input ends, as it does with the program that holds it, however
                         that program ends.
  --version              print the version and exit.
  --help                 print this and exit.

HTTPS. Without a certificate of yours the server makes one at its first start and keeps it in its folder;
clients ask their person once to compare the fingerprint of its key, which each start prints.
  --tls                  HTTPS on loopback as well.                       [P2P_CHAT_TLS=1]
  --tls-cert <file>      your own certificate, PEM, with those that lead to its authority.
                                                                          [P2P_CHAT_TLS_CERT]
  --tls-key <file>       its key, PEM, without a passphrase.              [P2P_CHAT_TLS_KEY]

Behind a proxy that has the certificate. Both are needed together.
  --public-url <url>     the address that people enter: https://chat.example.com, without a path.
                                                                          [P2P_CHAT_PUBLIC_URL]
  --trust-proxy <which>  whose X-Forwarded-For says where a request came from: the number of proxies
                         before this server, or their addresses and subnets with commas between
                         (loopback, linklocal and uniquelocal are known). [P2P_CHAT_TRUST_PROXY]

Who may join. Without a code, everybody who reaches the server.
  --join-code-file <file>  a new account needs the code in the first line of this file.
                                                                          [P2P_CHAT_JOIN_CODE_FILE]
  --join-code <code>       the code itself, 1 to ${MAX_JOIN_CODE} characters. Others on this machine can read a
                           command line: rather use the file or the variable.  [P2P_CHAT_JOIN_CODE]
  --accounts-per-hour <number>  new accounts by address and hour, default ${SERVER_LIMITS.newAccounts.calls}.
                                                                          [P2P_CHAT_ACCOUNTS_PER_HOUR]

Several servers that are one directory, behind a load balancer: see docs/operations.md.
  --store <url>          redis:// or rediss://, if need be with a password and a database: accounts and all
                         that they share are there, nothing in --data. Rather use the variable: others on
                         this machine can read a command line.            [P2P_CHAT_STORE]
  --instance-url <url>   the address of this very server, at which two clients meet in its relay.
                                                                          [P2P_CHAT_INSTANCE_URL]

Operation. GET /healthz says that the server is alive; GET /readyz that it is ready, or 503 and why not.
  --metrics-port <number>  serve metrics for Prometheus, at /metrics on a port of their own; default: none.
                                                                          [P2P_CHAT_METRICS_PORT]
  --metrics-host <address> where that port is, default 127.0.0.1. Plain HTTP: keep it from strangers.
                                                                          [P2P_CHAT_METRICS_HOST]
  --drain-seconds <number> after SIGTERM say on /readyz for so long that the server stops, let nobody in, and
                           close sessions a few at a time; 0 (default) to ${MAX_DRAIN_SECONDS}.  [P2P_CHAT_DRAIN_SECONDS]
The relay, for two people of whom neither reaches the other: what they say passes this server, encrypted from
the one to the other.
  --no-relay               none.                                          [P2P_CHAT_NO_RELAY=1]
  --relay-rate <KiB>       what one account may send through it a second, default ${SERVER_LIMITS.relayBytesPerSecond / 1024}.
                                                                          [P2P_CHAT_RELAY_RATE]

An environment variable in brackets does the same as its option; the option goes first.
Ctrl-C or SIGTERM stops the server, a second one at once. Exit code: 0 stopped, 1 could not start or go on,
2 a bad option, 3 the port is taken, 4 the address cannot be listened on, 5 another server uses the folder.
`;

const ZERO = { value: '0', from: '' };

/** Options with a value, each of which a variable can give as well. */
type TextOption =
  | 'host'
  | 'port'
  | 'also-port'
  | 'data'
  | 'store'
  | 'instance-url'
  | 'tls-cert'
  | 'tls-key'
  | 'public-url'
  | 'trust-proxy'
  | 'join-code'
  | 'join-code-file'
  | 'accounts-per-hour'
  | 'log-format'
  | 'log-level'
  | 'metrics-port'
  | 'metrics-host'
  | 'drain-seconds'
  | 'relay-rate';

/** What was given, and by which option or variable, for messages. */
export interface Given {
  readonly value: string;
  readonly from: string;
}

/**
 * Reads the command line and the environment.
 * @param args without the program's own name
 * @throws {OptionError}
 */
export function readCommand(args: readonly string[], env: NodeJS.ProcessEnv): Command {
  const values = parse(args);
  if (values.help === true) return { kind: 'help' };
  if (values.version === true) return { kind: 'version' };
  const given = (option: TextOption): Given | undefined => {
    const variable = variableOf(option);
    // One that may be there more than once is a list.
    const value = option === 'also-port' ? values[option]?.join(',') : values[option];
    if (value !== undefined) return { value, from: `--${option}` };
    const set = env[variable];
    return set === undefined || set === '' ? undefined : { value: set, from: variable };
  };
  const data = given('data') ?? { value: './data', from: '' };
  if (data.value === '') throw new OptionError(`${data.from} needs a folder`);
  return {
    kind: 'serve',
    host: readHost(given('host')),
    port: readNumber(given('port') ?? { value: '8000', from: '' }, 'a port', 0, 65_535),
    alsoPorts: readPorts(given('also-port')),
    data: data.value,
    ...readShared(given('store'), given('instance-url')),
    logFormat: readOneOf(given('log-format'), LOG_FORMATS, 'pretty'),
    logLevel: readOneOf(given('log-level'), LOG_LEVELS, 'info'),
    tls: readTls(given('tls-cert'), given('tls-key'), values.tls ?? readSwitch(env, 'P2P_CHAT_TLS')),
    proxy: readProxy(given('public-url'), given('trust-proxy')),
    joinCode: readJoinCode(given('join-code'), given('join-code-file')),
    accountsPerHour: readAccounts(given('accounts-per-hour')),
    metrics: readMetrics(given('metrics-port'), given('metrics-host')),
    drainSeconds: readNumber(given('drain-seconds') ?? ZERO, 'this time', 0, MAX_DRAIN_SECONDS),
    relayRate: readRelay(given('relay-rate'), values['no-relay'] ?? readSwitch(env, 'P2P_CHAT_NO_RELAY')),
    untilStdinEnds: values['until-stdin-ends'] === true,
  };
}

function variableOf(option: TextOption): string {
  return `P2P_CHAT_${option.toUpperCase().replaceAll('-', '_')}`;
}

type Values = Partial<Record<Exclude<TextOption, 'also-port'>, string | undefined>> &
  Partial<Record<'also-port', string[] | undefined>> &
  Partial<Record<'version' | 'help' | 'tls' | 'no-relay' | 'until-stdin-ends', boolean | undefined>>;

function parse(args: readonly string[]): Values {
  try {
    return parseArgs({
      args: [...args],
      options: {
        host: { type: 'string' },
        port: { type: 'string' },
        'also-port': { type: 'string', multiple: true },
        data: { type: 'string' },
        store: { type: 'string' },
        'instance-url': { type: 'string' },
        'tls-cert': { type: 'string' },
        'tls-key': { type: 'string' },
        'public-url': { type: 'string' },
        'trust-proxy': { type: 'string' },
        'join-code': { type: 'string' },
        'join-code-file': { type: 'string' },
        'accounts-per-hour': { type: 'string' },
        'relay-rate': { type: 'string' },
        'no-relay': { type: 'boolean' },
        'log-format': { type: 'string' },
        'log-level': { type: 'string' },
        'metrics-port': { type: 'string' },
        'metrics-host': { type: 'string' },
        'drain-seconds': { type: 'string' },
        'until-stdin-ends': { type: 'boolean' },
        tls: { type: 'boolean' },
        version: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (cause) {
    // Said without what was given: it may be the rest of a join code with a space in it.
    if (systemCode(cause) === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') {
      throw new OptionError('something stands where an option should; a value with spaces needs quotes', {
        cause,
      });
    }
    const message = cause instanceof Error ? (cause.message.split('. ')[0] ?? '') : String(cause);
    throw new OptionError(message.replaceAll('\n', ' '), { cause });
  }
}

/** Only `--store` makes a server one of several. */
function readShared(
  store: Given | undefined,
  instance: Given | undefined,
): { store: string | undefined; instanceUrl: string | undefined } {
  if (store === undefined && instance !== undefined) {
    throw new OptionError(`${instance.from} needs --store as well: without it there is one server alone`);
  }
  return {
    store: store === undefined ? undefined : readStore(store),
    instanceUrl: instance === undefined ? undefined : readInstanceUrl(instance),
  };
}

/** What it says stays out of messages: it may have a password. */
export function readStore({ value, from }: Given): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url !== undefined && /^rediss?:$/.test(url.protocol) && url.hostname !== '') return value;
  throw new OptionError(`${from}: it is an address such as redis://:password@redis.example.com:6379/0`);
}

function readInstanceUrl({ value, from }: Given): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isPlain = url?.protocol === 'http:' && isLoopback(url.hostname.replace(/^\[|\]$/g, ''));
  if (url !== undefined && (url.protocol === 'https:' || isPlain) && url.href === `${url.origin}/`)
    return url.origin;
  throw new OptionError(
    `${from} ${JSON.stringify(value)}: it is an address such as https://chat-1.chat.example.com:8443, with nothing after it`,
  );
}

function readHost(given: Given | undefined): string {
  if (given?.value === '') throw new OptionError(`${given.from} needs an address or a name`);
  return given?.value ?? '127.0.0.1';
}

function readNumber({ value, from }: Given, what: string, least: number, most: number): number {
  const number = Number(value);
  if (/^\d{1,9}$/.test(value) && number >= least && number <= most) return number;
  throw new OptionError(`${from} ${JSON.stringify(value)}: ${what} is a number from ${least} to ${most}`);
}

function readPorts(given: Given | undefined): number[] {
  if (given === undefined) return [];
  const { value, from } = given;
  return value.split(',').map((port) => readNumber({ value: port.trim(), from }, 'a port', 1, 65_535));
}

function readAccounts(given: Given | undefined): number | undefined {
  return given === undefined ? undefined : readNumber(given, 'this limit', 1, MAX_ACCOUNTS);
}

function readRelay(rate: Given | undefined, none: boolean): number | null | undefined {
  if (none) return null;
  return rate === undefined ? undefined : 1024 * readNumber(rate, 'KiB a second', 1, 1_000_000);
}

function readSwitch(env: NodeJS.ProcessEnv, variable: string): boolean {
  const value = env[variable] ?? '';
  if (value === '' || value === '0') return false;
  if (value === '1') return true;
  throw new OptionError(`${variable} ${JSON.stringify(value)}: it is 1 or 0`);
}

function readTls(
  certificate: Given | undefined,
  key: Given | undefined,
  forced: boolean,
): CertificateFiles | 'self-made' | undefined {
  if (certificate === undefined && key === undefined) return forced ? 'self-made' : undefined;
  if (certificate === undefined) throw new OptionError(`${key?.from ?? ''} needs --tls-cert as well`);
  if (key === undefined) throw new OptionError(`${certificate.from} needs --tls-key as well`);
  return { certificateFile: certificate.value, keyFile: key.value };
}

/**
 * Only both together make sense: with a proxy's address unknown to the server no client could sign in, and with the
 * proxy's word not believed all its clients would count as one address.
 */
function readProxy(
  url: Given | undefined,
  trust: Given | undefined,
): { publicOrigin: string; trusted: TrustProxy } | undefined {
  if (url === undefined && trust === undefined) return undefined;
  if (url === undefined) {
    throw new OptionError(`${trust?.from ?? ''} needs --public-url as well: the address that people enter`);
  }
  if (trust === undefined) {
    throw new OptionError(`${url.from} needs --trust-proxy as well, for instance 1 with one proxy before it`);
  }
  return { publicOrigin: readOrigin(url), trusted: readTrust(trust) };
}

function readOrigin({ value, from }: Given): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol === 'https:' && url.href === `${url.origin}/`) return url.origin;
  throw new OptionError(
    `${from} ${JSON.stringify(value)}: it is an address such as https://chat.example.com, with nothing after it`,
  );
}

function readTrust({ value, from }: Given): TrustProxy {
  if (/^\d+$/.test(value)) return readNumber({ value, from }, 'the number of proxies', 1, 10);
  const trusted = value.split(',').map((address) => address.trim());
  try {
    trustOf(trusted);
  } catch (cause) {
    throw new OptionError(
      `${from} ${JSON.stringify(value)}: it is a number of proxies, or addresses and subnets with commas between`,
      { cause },
    );
  }
  return trusted;
}

function readJoinCode(
  text: Given | undefined,
  file: Given | undefined,
): { text: string } | { file: string } | undefined {
  if (text !== undefined && file !== undefined) {
    throw new OptionError(`give ${text.from} or ${file.from}, not both`);
  }
  if (file !== undefined) return { file: file.value };
  if (text === undefined) return undefined;
  // The value stays out of the message: it is a secret.
  if (!isJoinCode(text.value)) throw new OptionError(`${text.from}: ${JOIN_CODE_RULE}`);
  return { text: text.value };
}

function readMetrics(port: Given | undefined, host: Given | undefined): ListenAddress | undefined {
  if (port !== undefined) {
    return { host: readHost(host), port: readNumber(port, 'a port', 0, 65_535) };
  }
  if (host !== undefined) throw new OptionError(`${host.from} needs --metrics-port as well`);
  return undefined;
}

function readOneOf<Word extends string>(given: Given | undefined, words: readonly Word[], usual: Word): Word {
  if (given === undefined) return usual;
  const word = words.find((known) => known === given.value);
  if (word !== undefined) return word;
  throw new OptionError(`${given.from} ${JSON.stringify(given.value)}: it is one of ${words.join(', ')}`);
}
