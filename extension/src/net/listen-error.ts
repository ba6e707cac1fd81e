import { errorCodeOf, errorText } from './errors.ts';
import { t } from '../core/words.ts';

/** The listener cannot listen. The message says why and what to do, for a person. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly code: 'port-taken' | 'listen-failed';

  constructor(code: ListenError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What the system said, for whoever chose this host (empty for every interface) and port. */
export function toListenError(error: unknown, host: string, port: number): ListenError {
  const where = host === '' ? t('on this computer') : t('on {0}', host);
  const options = { cause: error };
  switch (errorCodeOf(error)) {
    case 'EADDRINUSE':
      return new ListenError(
        'port-taken',
        t(
          'Port {0} {1} is used by another program. Choose another port, or 0 for any free one.',
          port,
          where,
        ),
        options,
      );
    case 'EADDRNOTAVAIL':
      return new ListenError('listen-failed', t('This computer has no address {0} now.', host), options);
    case 'EACCES':
      return new ListenError(
        'listen-failed',
        t('The system does not allow listening on port {0} {1}. Choose another port.', port, where),
        options,
      );
    default:
      return new ListenError(
        'listen-failed',
        t('Listening {0} failed: {1}', where, errorText(error)),
        options,
      );
  }
}
