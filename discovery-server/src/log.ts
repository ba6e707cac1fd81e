import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import { systemCode } from './errors.ts';

/** `pretty` for people: one line per event. `json` for machines: one object per line. */
export const LOG_FORMATS = ['pretty', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** The least that is written. `debug` has a line for each request and each refusal. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * The program's logger, on standard output. It writes before it returns: the last line before a crash is the one
 * that is needed. Of people it is given names, and never addresses, keys, nonces, signatures or codes.
 */
export function createLogger(format: LogFormat, level: LogLevel = 'info'): Logger {
  const options = { base: null, level, serializers: { err: whatFailed } };
  if (format === 'json')
    return pino({ ...options, ...FOR_MACHINES }, pino.destination({ dest: 1, sync: true }));
  return pino(
    options,
    pretty({
      colorize: process.stdout.isTTY,
      destination: 1,
      errorLikeObjectKeys: [],
      hideObject: true,
      sync: true,
      translateTime: 'SYS:yyyy-mm-dd HH:MM:ss',
    }),
  );
}

/** Names of levels, and times as people and machines read them. */
const FOR_MACHINES = {
  formatters: { level: (label: string) => ({ level: label }) },
  timestamp: () => `,"time":"${new Date().toISOString()}"`,
};

/** Of an error what helps, and none of the fields that the system adds to one: an address may be among them. */
function whatFailed(error: unknown): object {
  if (!(error instanceof Error)) return { message: 'something that is no error' };
  return { type: error.name, code: systemCode(error), message: error.message, stack: error.stack };
}
