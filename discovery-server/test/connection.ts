import type { IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { TLSSocket } from 'node:tls';
import { type BindingKind, originBinding, plainBinding, tlsBinding } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { fingerprintOf } from '@p2p-chat/protocol/identity';

/** How a request goes out. */
export interface Via {
  /** The address of this machine that it comes from: 127.0.0.2 is another client than 127.0.0.1. */
  readonly localAddress?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HttpRequest extends Via {
  readonly method?: string;
  readonly body?: string;
}

/** An HTTP answer, its body as text. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Fingerprint of the key of the certificate that was shown; undefined with plain HTTP. */
  readonly serverKey: Fingerprint | undefined;
}

/**
 * One request. No certificate is refused: a test compares the key, which is all that this protocol goes by.
 * A resumed TLS session would show no certificate, so that each HTTPS request has a connection of its own.
 */
export async function http(url: string, path: string, init: HttpRequest = {}): Promise<HttpAnswer> {
  const { method = 'GET', headers = {}, body, localAddress } = init;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const common = { method, headers, ...(localAddress === undefined ? {} : { localAddress }) };
    const target = url + path;
    const sent = url.startsWith('https:')
      ? httpsRequest(target, { ...common, agent: false, rejectUnauthorized: false })
      : httpRequest(target, common);
    sent.once('error', reject).once('response', resolve);
    sent.end(body);
  });
  const serverKey = serverKeyOf(answer);
  const all = new Headers();
  for (const [name, values = []] of Object.entries(answer.headersDistinct)) {
    for (const value of values) all.append(name, value);
  }
  return { status: answer.statusCode ?? 0, headers: all, text: await text(answer), serverKey };
}

/** The key of the certificate that whoever sent this answer has shown. */
export function serverKeyOf({ socket }: IncomingMessage): Fingerprint | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const certificate = socket.getPeerX509Certificate();
  return certificate === undefined ? undefined : fingerprintOf(certificate.publicKey);
}

/** What a client signs when a server asks for this kind: formed from what it sees itself. */
export function bindingText(kind: BindingKind, url: string, serverKey: Fingerprint | undefined): string {
  if (kind === 'origin') return originBinding(new URL(url).origin);
  if (kind === 'plain' && serverKey === undefined) return plainBinding(Number(new URL(url).port || 80));
  if (kind === 'tls' && serverKey !== undefined) return tlsBinding(serverKey);
  throw new Error(`the server asks for the binding ${kind}, which does not go with the connection to ${url}`);
}
