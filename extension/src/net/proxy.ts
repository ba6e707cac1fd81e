import type { Agent } from 'node:http';
import { getCACertificates } from 'node:tls';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { DiscoveryError, isLoopback } from './server-address.ts';

/** The proxy that a person or a company configured. */
export interface ProxySettings {
  /** URL of an HTTP or HTTPS proxy; undefined or empty for none. */
  readonly proxy?: string | undefined;
  /** Hosts reached without it: `host`, `.suffix`, `*.suffix`, each also with `:port`, or `*` for all. */
  readonly noProxy: readonly string[];
}

/** How a connection to a discovery server is made, as options of `http.request` and `ws`. */
export interface Transport {
  readonly agent?: Agent;
  /** Certificate authorities, for https only. */
  readonly ca?: string[];
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
    throw new DiscoveryError('bad-address', 'The configured proxy is not an address: see "http.proxy".', {
      cause,
    });
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new DiscoveryError('bad-address', 'Only http:// and https:// proxies are known: see "http.proxy".');
  }
  return url;
}

/** How to reach this server. */
export function transportFor(server: URL, settings: ProxySettings): Transport {
  if (server.protocol !== 'https:') return {};
  const proxy = chooseProxy(server, settings);
  // A worker thread has none of VS Code's patches, so a company's own authority has to be asked for.
  const ca = [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
  return proxy === undefined ? { ca } : { ca, agent: new HttpsProxyAgent(proxy) };
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
