import { Agent as HttpsAgent } from 'node:https';
import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { HANDSHAKE_TIMEOUT_MS } from '@p2p-chat/protocol/limits';
import { DiscoveryError, isLoopback } from './server-address.ts';
import type { Clock } from '../core/ports.ts';
import type { ServerTls } from './server-tls.ts';
import { t } from '../core/words.ts';

/** The proxy that a person or a company configured. */
export interface ProxySettings {
  /** URL of an HTTP or HTTPS proxy; undefined or empty for none. */
  readonly proxy?: string | undefined;
  /** Hosts reached without it: `host`, `.suffix`, `*.suffix`, each also with `:port`, or `*` for all. */
  readonly noProxy: readonly string[];
}

/** VS Code's settings where they say something, the environment's variables where they do not. */
export function proxySettings(
  configured: ProxySettings,
  environment: Readonly<Record<string, string | undefined>>,
): ProxySettings {
  const variable = (name: string): string | undefined =>
    nonEmpty(environment[name]) ?? nonEmpty(environment[name.toUpperCase()]);
  const listed = (variable('no_proxy') ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
  return {
    proxy: nonEmpty(configured.proxy) ?? variable('https_proxy') ?? variable('all_proxy'),
    noProxy: configured.noProxy.length > 0 ? configured.noProxy : listed,
  };
}

/**
 * The proxy for this server, if any: never for one on this machine.
 * @throws {DiscoveryError} bad-address, when what is configured is not a proxy's address
 */
export function chooseProxy(server: URL, settings: ProxySettings): URL | undefined {
  const proxy = nonEmpty(settings.proxy);
  if (proxy === undefined || isLoopback(server)) return undefined;
  if (settings.noProxy.some((entry) => matches(server, entry))) return undefined;
  let url: URL;
  try {
    url = new URL(proxy.includes('://') ? proxy : `http://${proxy}`);
  } catch (cause) {
    throw new DiscoveryError('bad-address', t('The configured proxy is not an address: see "http.proxy".'), {
      cause,
    });
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new DiscoveryError(
      'bad-address',
      t('Only http:// and https:// proxies are known: see "http.proxy".'),
    );
  }
  return url;
}

/**
 * Connects to this server over TLS with these options, through the proxy if there is one for it.
 * @throws {DiscoveryError} bad-address, when what is configured is not a proxy's address
 */
export function tlsAgent(
  server: URL,
  settings: ProxySettings,
  tls: ServerTls,
  clock: Clock,
): HttpsAgent | HttpsProxyAgent<string> {
  const proxy = chooseProxy(server, settings);
  // A resumed TLS session would show no certificate to check.
  if (proxy === undefined) return new HttpsAgent({ ...tls, maxCachedSessions: 0 });
  return new TunnelAgent(proxy, tls, clock);
}

type ConnectParameters = Parameters<HttpsProxyAgent<string>['connect']>;

/**
 * Options of TLS with the server, and of nothing on the way to it: those of the base class are for the proxy. A request
 * that is given up has no socket yet while the proxy says nothing, and would leave that to the proxy there.
 */
class TunnelAgent extends HttpsProxyAgent<string> {
  readonly #tls: ServerTls;
  readonly #clock: Clock;

  constructor(proxy: URL, tls: ServerTls, clock: Clock) {
    super(proxy);
    this.#tls = tls;
    this.#clock = clock;
  }

  override async connect(request: ClientRequest, options: ConnectParameters[1]): Promise<Socket> {
    const silence = new AbortController();
    const cancel = this.#clock.after(HANDSHAKE_TIMEOUT_MS, () => silence.abort());
    const way = new HttpsProxyAgent(this.proxy, { signal: silence.signal });
    try {
      return await way.connect(request, options.secureEndpoint ? { ...options, ...this.#tls } : options);
    } finally {
      cancel();
    }
  }
}

function matches(server: URL, entry: string): boolean {
  if (entry === '*') return true;
  const [, name = '', port] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
  if (port !== undefined && port !== effectivePort(server)) return false;
  const suffix = name.replace(/^\*?\./, '');
  if (suffix === '') return false;
  return server.hostname === suffix || server.hostname.endsWith(`.${suffix}`);
}

function effectivePort(server: URL): string {
  if (server.port !== '') return server.port;
  return server.protocol === 'https:' ? '443' : '80';
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text.trim();
}
