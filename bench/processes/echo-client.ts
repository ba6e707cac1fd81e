import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { WebSocket } from 'ws';
import * as z from 'zod';
import { makeDeviceCredentials } from '@p2p-chat/protocol/device-credentials';
import { generateKeyPair } from '@p2p-chat/protocol/identity';
import { clientTlsOptions } from '../../extension/src/net/tls.ts';
import { median, textOf, timed } from '../lib/figures.ts';
import { on, serve } from '../lib/serve.ts';

/** The bare `ws` client of the baseline. */
async function connect(port: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  await once(socket, 'open');
  return socket;
}

const tls = clientTlsOptions(await makeDeviceCredentials(generateKeyPair(), generateKeyPair()));

/** The same over a link's TLS: certificates on both sides, of which nobody reads who they are. */
async function connectSecurely(port: number): Promise<WebSocket> {
  const tcp = connectTcp({ host: '127.0.0.1', port, noDelay: true });
  await once(tcp, 'connect');
  const secure = connectTls({ ...tls, socket: tcp });
  await once(secure, 'secureConnect');
  const socket = new WebSocket('ws+unix:echo:/', {
    perMessageDeflate: false,
    createConnection: () => secure,
  });
  await once(socket, 'open');
  return socket;
}

/** Sends for so long, always so many in flight, and returns how many were acknowledged in a second. */
async function rate(socket: WebSocket, bytes: number, inFlight: number, ms: number): Promise<number> {
  const text = textOf(bytes, 1);
  const start = performance.now();
  let [acknowledged, sent] = [0, 0];
  await new Promise<void>((done) => {
    const acknowledge = (): void => {
      acknowledged += 1;
      if (performance.now() - start < ms) send();
      else if (acknowledged === sent) done();
    };
    const send = (): void => {
      sent += 1;
      socket.send(text);
    };
    socket.on('message', acknowledge);
    for (let count = 0; count < inFlight; count += 1) send();
  });
  return (acknowledged / (performance.now() - start)) * 1_000;
}

serve({
  rate: on(
    z.object({ port: z.int(), bytes: z.int(), inFlight: z.int(), ms: z.number() }),
    async ({ port, bytes, inFlight, ms }) => {
      const socket = await connect(port);
      const result = await rate(socket, bytes, inFlight, ms);
      socket.terminate();
      return result;
    },
  ),
  roundTrip: on(z.object({ port: z.int(), count: z.int() }), async ({ port, count }) => {
    const socket = await connect(port);
    const times: number[] = [];
    for (let each = 0; each < count; each += 1) {
      times.push(
        await timed(async () => {
          const heard = once(socket, 'message');
          socket.send(textOf(256, each));
          await heard;
        }),
      );
    }
    socket.terminate();
    return median(times);
  }),
  dial: on(z.object({ port: z.int(), tls: z.boolean(), count: z.int() }), async ({ port, tls, count }) => {
    const times: number[] = [];
    for (let each = 0; each < count; each += 1) {
      const start = performance.now();
      const socket = await (tls ? connectSecurely(port) : connect(port));
      const heard = once(socket, 'message');
      socket.send(textOf(256, each));
      await heard;
      times.push(performance.now() - start);
      socket.terminate();
    }
    return median(times);
  }),
});
