import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { cleanUp } from '../cleanup.ts';

/** One address before several servers: what a managed Redis has, or a proxy before Sentinel. */
export interface RedisDoor {
  readonly url: string;
  /** Where new connections go from now on. Those that there are stay. */
  leadTo(port: number): void;
}

export interface DoorOptions {
  /** What a reply becomes on its way; of the same length. */
  readonly reword?: (reply: string) => string;
}

export async function openDoor(
  t: TestContext,
  port: number,
  { reword = (reply) => reply }: DoorOptions = {},
): Promise<RedisDoor> {
  let target = port;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => one.destroy());
      one.once('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    near.pipe(far);
    far.on('data', (bytes) => near.write(reword(bytes.toString('latin1')), 'latin1'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUp(t, async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  const address = server.address();
  const own = address !== null && typeof address === 'object' ? address.port : 0;
  return {
    url: `redis://127.0.0.1:${own}`,
    leadTo: (next) => {
      target = next;
    },
  };
}
