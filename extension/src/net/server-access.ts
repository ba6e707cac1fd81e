import type { Agent } from 'node:http';
import { isIP, type LookupFunction } from 'node:net';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { loopbackLookup } from './loopback-lookup.ts';
import { tlsAgent } from './proxy.ts';
import { probeServer, type ProbeOptions } from './server-probe.ts';
import { type AcceptedKey, decideTrust, type KnownServer, type KnownServers } from './server-trust.ts';
import { isLoopback } from './server-address.ts';
import { acceptedTls, authorityFor, authorityTls, hostOf } from './server-tls.ts';

/** How a connection to a discovery server is made, as options of `http.request` and `ws`. */
export interface Transport {
  /** Lets no byte through before TLS has shown who answers; undefined on plain HTTP. */
  readonly agent?: Agent;
  /** On plain HTTP, which must not leave this machine. */
  readonly lookup?: LookupFunction;
}

/** A discovery server that may be talked to. */
export interface ServerAccess {
  /** As parseServerAddress gives it. */
  readonly server: URL;
  readonly transport: Transport;
  /**
   * How another address of the same server is reached, so that whatever bears the server out bears that out too; undefined:
   * not at all.
   */
  readonly instance?: (address: URL) => Transport | undefined;
  /** What bears it out; `plain` on this very machine, where nobody is in between. */
  readonly trust: KnownServer | { readonly by: 'plain' };
}

export interface AccessOptions extends Omit<ProbeOptions, 'authority'> {
  readonly known: KnownServers;
  /** What the person or an invite says now. */
  readonly accepted: AcceptedKey | null;
}

/**
 * Finds out whether a server is the one that it was, remembers it, and makes the way to it.
 * @throws {DiscoveryError} server-unknown, server-changed, server-unreachable or bad-address
 */
export async function accessServer(options: AccessOptions): Promise<ServerAccess> {
  const { server, proxy, known, accepted, clock } = options;
  if (server.protocol !== 'https:') return plainAccess(server);
  const authority = authorityTls(server);
  const shown = await probeServer({ ...options, authority });
  const { origin } = server;
  const before = known.find(origin);
  const trust = decideTrust({ origin, shown, known: before, accepted });
  if (JSON.stringify(trust) !== JSON.stringify(before)) known.remember(origin, trust);
  const tls = trust.by === 'authority' ? authority : acceptedTls(shown);
  return {
    server,
    transport: { agent: tlsAgent(server, proxy, tls, clock) },
    instance(address) {
      if (address.protocol !== 'https:') return undefined;
      if (trust.by !== 'authority') return { agent: tlsAgent(address, proxy, tls, clock) };
      const { hostname } = server;
      // An authority vouches for names: it is to be the server's own, or one that only the server's owner can give.
      const isOwn =
        address.hostname === hostname ||
        (isIP(hostOf(server)) === 0 && address.hostname.endsWith(`.${hostname}`));
      return isOwn ? { agent: tlsAgent(address, proxy, authorityFor(address, authority), clock) } : undefined;
    },
    trust,
  };
}

/** A server on this machine, over plain HTTP. */
export function plainAccess(server: URL): ServerAccess {
  const transport = { lookup: loopbackLookup };
  const instance = (address: URL): Transport | undefined =>
    address.protocol === 'http:' && isLoopback(address) ? transport : undefined;
  return { server, transport, instance, trust: { by: 'plain' } };
}

/** The key that is pinned, if one is. */
export function pinnedKey(known: KnownServer | null): Fingerprint | null {
  return known === null || known.by === 'authority' ? null : known.key;
}
