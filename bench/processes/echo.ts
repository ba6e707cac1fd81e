import { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { WebSocketServer } from 'ws';
import * as z from 'zod';
import { makeDeviceCredentials } from '@p2p-chat/protocol/device-credentials';
import { generateKeyPair } from '@p2p-chat/protocol/identity';
import { serverTlsOptions } from '../../extension/src/net/tls.ts';
import { on, serve } from '../lib/serve.ts';

/** The bare `ws` server of the baseline: each message is answered by a small one. */
const http = createServer();
const server = new WebSocketServer({ server: http, perMessageDeflate: false });
server.on('connection', (socket) => {
  let count = 0;
  socket.on('message', () => {
    count += 1;
    socket.send(`{"ack":${count}}`);
  });
});

/** The same behind a link's TLS. */
const credentials = await makeDeviceCredentials(generateKeyPair(), generateKeyPair());
const tls = createTlsServer(serverTlsOptions(credentials), (socket) => void http.emit('connection', socket));

function listen(on: Server): Promise<number> {
  return new Promise((done) => {
    on.listen(0, '127.0.0.1', () => done((on.address() as AddressInfo).port));
  });
}
const ports = { plain: await listen(http), tls: await listen(tls) };

serve({ ports: on(z.object({}), () => ports) });
