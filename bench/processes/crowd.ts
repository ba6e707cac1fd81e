import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { DeviceCredentials } from '@p2p-chat/protocol/certificates';
import { makeDeviceCredentials } from '@p2p-chat/protocol/device-credentials';
import { generateKeyPair } from '@p2p-chat/protocol/identity';
import { LINK_WINDOW_BYTES } from '@p2p-chat/protocol/limits';
import { createDialer } from '../../extension/src/net/dialer.ts';
import { systemClock } from '../../extension/src/peer/system.ts';
import { on, serve } from '../lib/serve.ts';

/** Many people who have a link with one peer. */
let crowd: DeviceCredentials[] = [];

serve({
  gather: on(z.object({ count: z.int() }), async ({ count }) => {
    crowd = await Promise.all(
      Array.from({ length: count }, () => makeDeviceCredentials(generateKeyPair(), generateKeyPair())),
    );
    return crowd.map(({ identity }) => identity);
  }),
  link: on(z.object({ identity: z.string(), port: z.int() }), async ({ identity, port }) => {
    for (const credentials of crowd) {
      const dialer = createDialer({ credentials, clock: systemClock, mayDialLoopback: () => true });
      const endpoints = [{ address: '127.0.0.1', port }];
      const channel = await dialer.dial(identity, endpoints, new AbortController().signal);
      await new Promise<void>((greeted, failed) => {
        channel.bind({
          frame: ({ type }) => {
            if (type === 'hello') greeted();
          },
          closed: (code, reason) => failed(new Error(`a link was closed: ${code} ${reason}`)),
        });
        channel.send({
          type: 'hello',
          bootId: randomUUID(),
          agent: 'p2p-chat/bench',
          received: null,
          window: LINK_WINDOW_BYTES,
        });
      });
    }
    return crowd.length;
  }),
});
