import { request as httpsRequest } from 'node:https';
import { TLSSocket } from 'node:tls';
import { fingerprintOf } from '@p2p-chat/protocol/identity';
import type { Clock } from '../core/ports.ts';
import { errorText } from './errors.ts';
import { type ProxySettings, tlsAgent } from './proxy.ts';
import { unreachable } from './server-address.ts';
import type { AcceptedCertificate, ServerTls } from './server-tls.ts';
import { readChain } from './tls.ts';

/** How long the handshake may take, milliseconds; through a proxy too. */
const PROBE_TIMEOUT_MS = 10_000;

/** What a server shows in TLS. Its key is nobody's yet that one trusts. */
export interface ShownCertificate extends AcceptedCertificate {
  /** Whether an authority of this machine bears it out for the server's name. */
  readonly authority: boolean;
}

export interface ProbeOptions {
  /** An https one, as parseServerAddress gives it. */
  readonly server: URL;
  readonly proxy: ProxySettings;
  /** As authorityTls gives it. */
  readonly authority: ServerTls;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Looks at the certificate of a server: a TLS handshake, of which not one byte of a request follows.
 * @throws {DiscoveryError} server-unreachable, or bad-address for a proxy that is none
 */
export function probeServer(options: ProbeOptions): Promise<ShownCertificate> {
  const { server, proxy, authority, clock, signal } = options;
  const agent = tlsAgent(server, proxy, { ...authority, rejectUnauthorized: false }, clock);
  return new Promise((resolve, reject) => {
    // Never ended, so never sent: the request is there for its connection, which knows the way through proxies.
    const request = httpsRequest(server, { agent, method: 'POST' });
    const settle = (): void => {
      cancelTimer();
      signal?.removeEventListener('abort', onAbort);
      request.destroy();
    };
    const fail = (cause: unknown): void => {
      settle();
      reject(unreachable(server, errorText(cause), cause));
    };
    const onAbort = (): void => fail(new Error('no longer wanted'));
    const cancelTimer = clock.after(PROBE_TIMEOUT_MS, () => fail(new Error('no answer in time')));
    request.on('error', fail);
    request.once('response', ({ statusCode }) =>
      fail(new Error(`the proxy answers with status ${statusCode}`)),
    );
    request.once('socket', (socket) => {
      // What is no TLS carries the answer of a proxy that refuses.
      if (!(socket instanceof TLSSocket)) return;
      socket.once('secureConnect', () => {
        try {
          const shown = certificateOf(socket);
          settle();
          resolve(shown);
        } catch (cause) {
          fail(cause);
        }
      });
    });
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted === true) onAbort();
  });
}

/** @throws {Error} when there is none, or one that the TLS library took and node:crypto cannot read */
function certificateOf(socket: TLSSocket): ShownCertificate {
  const [certificate] = readChain(socket);
  if (certificate === undefined) throw new Error('it shows no certificate');
  return {
    key: fingerprintOf(certificate.publicKey),
    certificate: certificate.toString(),
    authority: socket.authorized,
  };
}
