import { once } from 'node:events';
import type { Server } from 'node:http';
import { isIP } from 'node:net';
import { AddressError, messageOf, NotLoopbackError, PortTakenError, systemCode } from './errors.ts';

/** Where a server listens. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Whether only this machine can reach a server at this host.
 * @param host a name or an IP literal
 */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/**
 * Starts to listen.
 * @param onlyLoopback because it speaks plain HTTP
 * @param portOption the option by which another port is chosen, for messages
 * @returns the address in use, with the port that the system chose for port 0
 * @throws {NotLoopbackError | PortTakenError | AddressError} as their docstrings say
 */
export async function listen(
  server: Server,
  { host, port }: ListenAddress,
  onlyLoopback: boolean,
  portOption = '--port',
): Promise<ListenAddress> {
  if (onlyLoopback && !isLoopback(host)) throw notLoopback(host);
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
  } catch (cause) {
    throw asStartError(cause, { host, port }, portOption);
  }
  const address = server.address();
  if (address === null || typeof address === 'string') throw new AddressError('the server has no port');
  if (onlyLoopback && !isLoopback(address.address)) {
    server.close();
    throw notLoopback(`${host} (${address.address})`);
  }
  return { host: address.address, port: address.port };
}

/** The address as a person opens it. */
export function urlOf({ host, port }: ListenAddress, scheme: 'http' | 'https'): string {
  return `${scheme}://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

function notLoopback(host: string): NotLoopbackError {
  return new NotLoopbackError(
    `cannot serve on ${host} with plain HTTP, which anybody on the network could read and take over. ` +
      `Use --host 127.0.0.1, or HTTPS with --tls.`,
  );
}

function asStartError(cause: unknown, { host, port }: ListenAddress, option: string): Error {
  const code = systemCode(cause);
  if (code === 'EADDRINUSE') {
    return new PortTakenError(
      `port ${port} of ${host} is taken by another program. Stop that program, or choose another port ` +
        `with ${option} (0 takes any free one).`,
      { cause },
    );
  }
  if (code === 'EACCES') {
    return new AddressError(
      `port ${port} may not be used by this user. Choose one from 1024 with ${option}.`,
      {
        cause,
      },
    );
  }
  return new AddressError(
    `cannot listen on ${host}, port ${port} (${messageOf(cause)}). Choose another with --host and --port.`,
    { cause },
  );
}
