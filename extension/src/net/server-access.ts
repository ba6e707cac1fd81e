import type { Agent } from 'node:http';
import type { LookupFunction } from 'node:net';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { loopbackLookup } from './loopback-lookup.ts';
import { tlsAgent } from './proxy.ts';
import { probeServer, type ProbeOptions } from './server-probe.ts';
import { type AcceptedKey, decideTrust, type KnownServer, type KnownServers } from './server-trust.ts';
import { acceptedTls, authorityTls } from './server-tls.ts';

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
  return { server, transport: { agent: tlsAgent(server, proxy, tls, clock) }, trust };
}

/** A server on this machine, over plain HTTP. */
export function plainAccess(server: URL): ServerAccess {
  return { server, transport: { lookup: loopbackLookup }, trust: { by: 'plain' } };
}

/** The key that is pinned, if one is. */
export function pinnedKey(known: KnownServer | null): Fingerprint | null {
  return known === null || known.by === 'authority' ? null : known.key;
}
