import type { IncomingHttpHeaders } from 'node:http';
import { Refusal } from './refusal.ts';

const LOOPBACK_HOST = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i;

/**
 * Keeps web pages away from a plain HTTP server on loopback: a browser sends an Origin with what a page asks for,
 * and a name that an attacker's resolver points to 127.0.0.1 (DNS rebinding) stands in Host.
 * @returns why the request is refused, or undefined
 */
export function refuseBrowsers(headers: IncomingHttpHeaders): Refusal | undefined {
  if (headers.origin !== undefined) {
    return new Refusal('bad-request', 'web pages may not use this server', 403);
  }
  if (!LOOPBACK_HOST.test(headers.host ?? '')) {
    return new Refusal('bad-request', 'use localhost, 127.0.0.1 or [::1] as the address of this server', 403);
  }
  return undefined;
}
