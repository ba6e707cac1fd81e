import express from 'express';
import { Session } from 'node:inspector/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import * as z from 'zod';
import { DiscoveryPath } from '@p2p-chat/protocol/discovery';
import { cpuMicros } from '../lib/figures.ts';
import { on, serve } from '../lib/serve.ts';

/** The bare servers of the baselines: Express that answers a POST, `ws` that answers a message, tells everybody or joins two. */
const app = express();
app.post(DiscoveryPath.accounts, express.json(), (request, response) => {
  const { name, identity } = z.object({ name: z.string(), identity: z.string() }).parse(request.body);
  response.status(201).json({ user: { name, identity } });
});

const http = createServer(app);
const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
let reply = Buffer.alloc(0);
let told = Buffer.alloc(0);
let first: WebSocket | undefined;
sockets.on('connection', (socket, { url, headers }) => {
  if (url === DiscoveryPath.relay) {
    if (headers['x-echo'] !== undefined) pass(socket, socket);
    else if (first === undefined) first = socket;
    else {
      pass(first, socket);
      pass(socket, first);
      first = undefined;
    }
    return;
  }
  socket.on('message', (data: Buffer) => {
    if (!data.subarray(0, 16).equals(ANNOUNCE)) socket.send(reply, { binary: false });
    else for (const client of sockets.clients) client.send(told, { binary: false });
  });
});
/** What comes of one goes to the other. */
function pass(from: WebSocket, to: WebSocket): void {
  from.on('message', (data: Buffer) => to.send(data, { binary: true }));
}

const ANNOUNCE = Buffer.from('{"type":"announce"').subarray(0, 16);

const port = await new Promise<number>((done) => {
  http.listen(0, '127.0.0.1', () => done((http.address() as AddressInfo).port));
});
const inspector = new Session();
inspector.connect();

serve({
  port: on(z.object({}), () => port),
  /** Of how many bytes what it says is. */
  prepare: on(z.object({ reply: z.int(), told: z.int() }), (bytes) => {
    reply = Buffer.from(`{"type":"result"${'x'.repeat(Math.max(0, bytes.reply - 16))}`);
    told = Buffer.from(`{"type":"presence"${'x'.repeat(Math.max(0, bytes.told - 18))}`);
    return true;
  }),
  /** What the process has used of processors, microseconds. */
  cpu: on(z.object({}), cpuMicros),
  /** Bytes of this process, without what is garbage. */
  memory: on(z.object({}), async () => {
    await inspector.post('HeapProfiler.collectGarbage');
    return process.memoryUsage.rss();
  }),
});
