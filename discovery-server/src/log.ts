import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

/** `pretty` for people: one line per event. `json` for machines: one object per line. */
export const LOG_FORMATS = ['pretty', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/**
 * The program's logger, on standard output. It writes before it returns: the last line before a crash is the one
 * that is needed. Never given nonces, signatures or people's addresses.
 */
export function createLogger(format: LogFormat): Logger {
  if (format === 'json') return pino({ base: null }, pino.destination({ dest: 1, sync: true }));
  return pino(
    { base: null },
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
