import { type AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import * as z from 'zod';
import { on, serve } from '../lib/serve.ts';

/** The bare `ws` server of the baseline: each message is answered by a small one. */
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.on('connection', (socket) => {
  let count = 0;
  socket.on('message', () => {
    count += 1;
    socket.send(`{"ack":${count}}`);
  });
});

const isListening = new Promise((resolve) => server.once('listening', resolve));

serve({
  port: on(z.object({}), async () => {
    await isListening;
    return (server.address() as AddressInfo).port;
  }),
});
