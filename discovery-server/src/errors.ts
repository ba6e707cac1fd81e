/**
 * Why the server could not start. The message is one sentence or two for the person at the terminal: what is wrong
 * and what to do. Each subclass is one thing that a caller can act on.
 */
export class StartError extends Error {
  override readonly name: string = 'StartError';
}

/** The port is in use by another program. */
export class PortTakenError extends StartError {
  override readonly name = 'PortTakenError';
}

/** The address cannot be listened on: not one of this machine, or a port that needs privileges. */
export class AddressError extends StartError {
  override readonly name = 'AddressError';
}

/** The certificate or its key cannot be used: unreadable, not of each other, or out of date. */
export class CertificateFileError extends StartError {
  override readonly name = 'CertificateFileError';
}

/** The file with the join code cannot be read, or has none. */
export class JoinCodeFileError extends StartError {
  override readonly name = 'JoinCodeFileError';
}

/** Asked to serve other machines, which plain HTTP must not. */
export class NotLoopbackError extends StartError {
  override readonly name = 'NotLoopbackError';
}

/** The data folder cannot be made, read or written. */
export class DataFolderError extends StartError {
  override readonly name = 'DataFolderError';
}

/** Another server holds the data folder. */
export class DataFolderInUseError extends StartError {
  override readonly name = 'DataFolderInUseError';
}

/** The accounts file holds something else than accounts, in another place than a torn last line. */
export class DamagedAccountsError extends StartError {
  override readonly name = 'DamagedAccountsError';
}

/** The system's error code (`ENOENT`, `EADDRINUSE`, ...) of something thrown, if it has one. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The message of something thrown, whatever it is. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
