import type { IncomingHttpHeaders } from 'node:http';
import { Refusal } from './refusal.ts';

const LOOPBACK_HOST = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i;

/** Which `Host` a request may name. */
export interface AllowedHosts {
  /** Over TLS any: the browser has checked the certificate for the name that it was led to. */
  readonly any: boolean;
  /** Those of public addresses, which a proxy may pass on. */
  readonly public: readonly string[];
}

/** Plain HTTP with no proxy before it. */
export const LOOPBACK_ONLY: AllowedHosts = { any: false, public: [] };

/**
 * Keeps web pages away: a browser sends an Origin with what a page asks for, and a name that an attacker's resolver
 * points to a server on loopback (DNS rebinding) stands in Host.
 * @returns why the request is refused, or undefined
 */
export function refuseBrowsers(
  headers: IncomingHttpHeaders,
  { any, public: known }: AllowedHosts = LOOPBACK_ONLY,
): Refusal | undefined {
  if (headers.origin !== undefined) {
    return new Refusal('bad-request', 'web pages may not use this server', 403);
  }
  const host = headers.host ?? '';
  if (!any && !LOOPBACK_HOST.test(host) && !known.includes(host.toLowerCase())) {
    return new Refusal('bad-request', 'use localhost, 127.0.0.1 or [::1] as the address of this server', 403);
  }
  return undefined;
}
