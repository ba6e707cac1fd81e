import { errorCodeOf, errorText } from './errors.ts';

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
  const where = host === '' ? 'on this machine' : `on ${host}`;
  const options = { cause: error };
  switch (errorCodeOf(error)) {
    case 'EADDRINUSE':
      return new ListenError(
        'port-taken',
        `Port ${port} ${where} is used by another program. Choose another port, or 0 for any free one.`,
        options,
      );
    case 'EADDRNOTAVAIL':
      return new ListenError('listen-failed', `This machine has no address ${host} now.`, options);
    case 'EACCES':
      return new ListenError(
        'listen-failed',
        `The system does not allow listening on port ${port} ${where}. Choose another port.`,
        options,
      );
    default:
      return new ListenError('listen-failed', `Listening ${where} failed: ${errorText(error)}`, options);
  }
}
