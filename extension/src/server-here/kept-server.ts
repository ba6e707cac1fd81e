import { isIP } from 'node:net';
import * as z from 'zod/mini';
import { isLoopbackHost } from '@p2p-chat/protocol/addresses';

/** The discovery server of this VS Code, as it is remembered from one start to the next. */
export const keptServer = z.object({
  /** An IP literal of this machine. */
  host: z.string().check(z.refine((host) => isIP(host) !== 0)),
  /** Those who were invited know the server by it. */
  port: z.int().check(z.gte(1), z.lte(65_535)),
  /** Whether it is to run, that is, whether the person has not stopped it. */
  wanted: z.boolean(),
});
export type KeptServer = z.infer<typeof keptServer>;

/** The address as people enter it: plain HTTP where nobody else listens, HTTPS elsewhere. */
export function serverUrl({ host, port }: Pick<KeptServer, 'host' | 'port'>): string {
  const name = isIP(host) === 6 ? `[${host}]` : host;
  return new URL(`${isLoopbackHost(name) ? 'http' : 'https'}://${name}:${port}`).origin;
}
