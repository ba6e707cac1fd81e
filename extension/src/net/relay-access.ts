import { MIN_ENDPOINT_PORT } from '@p2p-chat/protocol/limits';
import type { ServerAccess } from './server-access.ts';

/** The port of HTTPS, which is below those on which programs of people listen. */
const HTTPS_PORT = 443;

/**
 * The way to a relay that a discovery server names: to the server itself; or to another of its instances, which has to be
 * borne out as the server is, before one byte of a request is sent.
 * @param address an origin, as relayAddress says; undefined: that of the server
 * @throws {Error} this server may not send anybody there
 */
export function relayAccess(
  access: ServerAccess,
  address: string | undefined,
): Pick<ServerAccess, 'server' | 'transport'> {
  if (address === undefined || address === access.server.origin) return access;
  const server = new URL(address);
  const port = server.port === '' ? HTTPS_PORT : Number(server.port);
  const isPort = port === HTTPS_PORT || port >= MIN_ENDPOINT_PORT;
  const transport = isPort ? access.instance?.(server) : undefined;
  if (transport === undefined) throw new Error('the discovery server names a relay that is not its own');
  return { server, transport };
}
