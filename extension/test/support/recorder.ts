import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { Receiver } from 'ws';

// Part of the package's exports, though not of its types.
declare module 'ws' {
  export const Receiver: new (options: { isServer: boolean }) => Writable;
}

/** Stands between clients and a discovery server and keeps everything that either says, WebSocket frames unmasked. */
export interface Recorder {
  /** Where clients connect. */
  readonly port: number;
  /** All that was said so far: raw bytes, and the payload of every WebSocket frame. */
  heard(): Buffer;
  stop(): Promise<void>;
}

const END_OF_HEAD = Buffer.from('\r\n\r\n');

/**
 * Records what goes to and from the server at `target`, a port of 127.0.0.1. A server on plain HTTP has to know the
 * recorder's port as one of its own (`alsoPorts`), so that the recorder is there first.
 */
export async function startRecorder(target: () => number): Promise<Recorder> {
  const heard: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target(), '127.0.0.1');
    for (const [from, to, isServer] of [
      [client, upstream, true],
      [upstream, client, false],
    ] as const) {
      sockets.add(from);
      const payloads = framePayloads(isServer, (payload) => heard.push(payload));
      from.on('data', (chunk: Buffer) => {
        heard.push(chunk);
        // The receiver unmasks in place: it gets a copy.
        payloads(Buffer.from(chunk));
        to.write(chunk);
      });
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    heard: () => Buffer.concat(heard),
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Finds the end of an upgrade's head and decodes what follows as frames. */
function framePayloads(isServer: boolean, heard: (payload: Buffer) => void): (chunk: Buffer) => void {
  let head = Buffer.alloc(0);
  let receiver: Writable | null = null;
  return (chunk) => {
    if (receiver !== null) {
      receiver.write(chunk);
      return;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf(END_OF_HEAD);
    if (end === -1 || !/upgrade: websocket/i.test(head.subarray(0, end).toString('latin1'))) return;
    receiver = new Receiver({ isServer });
    receiver.on('message', (data: Buffer) => heard(data));
    receiver.write(head.subarray(end + END_OF_HEAD.length));
  };
}
