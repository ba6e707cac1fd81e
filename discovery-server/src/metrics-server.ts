import { once } from 'node:events';
import { createServer } from 'node:http';
import { refuseBrowsers } from './guard.ts';
import { isLoopback, listen, type ListenAddress } from './listen.ts';
import { METRICS_SOCKETS, METRICS_TIMEOUT_MS } from './limits.ts';
import type { ReadableMetrics } from './metrics.ts';

/** A listener of its own for whoever collects metrics: what clients or a proxy reach has none. */
export interface MetricsServer {
  readonly address: ListenAddress;
  stop(): Promise<void>;
}

/** The path that Prometheus asks for unless told otherwise. */
const PATH = '/metrics';

/**
 * Serves metrics as plain HTTP.
 * @throws {StartError} it cannot listen there
 */
export async function serveMetrics(metrics: ReadableMetrics, where: ListenAddress): Promise<MetricsServer> {
  const hosts = { any: !isLoopback(where.host), public: [] };
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, body: string): void => {
      response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(body);
    };
    const refuse = (status: number, why: string): void => answer(status, 'text/plain', `${why}\n`);
    const browser = refuseBrowsers(request.headers, hosts);
    if (browser !== undefined) return refuse(browser.status, browser.message);
    if (request.url !== PATH) return refuse(404, `metrics are at ${PATH}`);
    if (request.method !== 'GET') return refuse(405, 'this path takes GET only');
    metrics.read().then(
      (text) => answer(200, metrics.contentType, text),
      () => refuse(500, 'the metrics could not be read'),
    );
  });
  server.maxConnections = METRICS_SOCKETS;
  server.headersTimeout = METRICS_TIMEOUT_MS;
  server.requestTimeout = METRICS_TIMEOUT_MS;
  const address = await listen(server, where, false, '--metrics-port');
  return {
    address,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
