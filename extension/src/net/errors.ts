/** What can be said of something caught, which may be anything. */
import { t } from '../core/words.ts';
import type { LossCause } from './reconnect.ts';

/** The system's code such as `ECONNREFUSED`, or an empty text. */
export function errorCodeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

const WORDS: Readonly<Record<string, () => string>> = {
  ECONNREFUSED: () => t('nobody listens there'),
  ECONNRESET: () => t('the other side cut the connection'),
  EPIPE: () => t('the other side cut the connection'),
  ETIMEDOUT: () => t('no answer'),
  EHOSTUNREACH: () => t('there is no way to that address'),
  ENETUNREACH: () => t('there is no way to that network'),
  ENETDOWN: () => t('there is no network'),
  EHOSTDOWN: () => t('that computer is down'),
  ENOTFOUND: () => t('there is no computer of that name'),
  EAI_AGAIN: () => t('the name cannot be looked up now'),
};

/** What went wrong, in words fit for a log and for a person. */
export function errorText(error: unknown): string {
  const words = WORDS[errorCodeOf(error)];
  if (words !== undefined) return words();
  return error instanceof Error ? error.message : 'unknown error';
}

/** Nothing left this machine. */
const NO_WAY: ReadonlySet<string> = new Set([
  'ENETDOWN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EADDRNOTAVAIL',
  'EAI_AGAIN',
]);

/** Nothing came back. */
const SILENCE: ReadonlySet<string> = new Set(['ETIMEDOUT', 'EHOSTDOWN']);

/** What an error says of the network. */
export function lossCauseOf(error: unknown): LossCause {
  const code = errorCodeOf(error);
  if (NO_WAY.has(code)) return 'no-way';
  if (SILENCE.has(code)) return 'silence';
  return error instanceof Error && error.cause !== undefined ? lossCauseOf(error.cause) : 'other';
}

/** Whether this is a failure of the network on the way, which says nothing of who would have answered. */
export function isNetworkError(error: unknown): boolean {
  return Object.hasOwn(WORDS, errorCodeOf(error));
}
