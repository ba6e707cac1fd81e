import type { IncomingMessage } from 'node:http';
import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';
import proxyAddr from 'proxy-addr';

/**
 * Whose `X-Forwarded-For` is believed, as Express's `trust proxy`: the number of proxies between the clients and this
 * server, or the proxies' addresses and subnets (also `loopback`, `linklocal`, `uniquelocal`).
 */
export type TrustProxy = number | readonly string[];

/** Whether the sender at `address` is a proxy to believe; `hop` is 0 for the socket's own other end. */
export type Trust = (address: string, hop: number) => boolean;

/**
 * @param trusted undefined when there is no proxy
 * @throws {TypeError} when an address is not one
 */
export function trustOf(trusted: TrustProxy | undefined): Trust {
  if (trusted === undefined) return () => false;
  if (typeof trusted === 'number') return (_address, hop) => hop < trusted;
  const trusts = proxyAddr.compile(trusted);
  // The proxy itself is asked about for each connection and each request.
  let last: { readonly address: string; readonly isTrusted: boolean } | undefined;
  return (address, hop) => {
    if (hop > 0) return trusts(address, hop);
    if (last?.address !== address) last = { address, isTrusted: trusts(address, hop) };
    return last.isTrusted;
  };
}

/** Who sent this request, as addressGroup names them. */
export function senderOf(request: IncomingMessage, trust: Trust): string {
  return addressGroup(proxyAddr(request, trust));
}

/**
 * What limits count by: an IPv4 address, or the first 64 bits of an IPv6 address, the rest of which is for its owner
 * to choose. What is no address, as a proxy may report it, is all one.
 */
export function addressGroup(address: string | undefined): string {
  // In its only spelling, as nearly all of them are.
  if (address !== undefined && isIPv4(address)) return address;
  if (address === undefined || !ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return `${Buffer.from(parsed.toByteArray().slice(0, 8)).toString('hex')}/64`;
}

/**
 * The /48 that a group of IPv6 addresses is in: a household gets up to 256 groups, a company 65,536, and each may use
 * all of them at once. Undefined for other groups. @param group as addressGroup names it
 */
export function siteOf(group: string): string | undefined {
  return group.endsWith('/64') ? `${group.slice(0, 12)}/48` : undefined;
}
