import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import {
  type BindingKind,
  type clientFrame,
  SESSION_PROTOCOL,
  type User,
} from '@p2p-chat/protocol/discovery';
import { clientFrame as clientFrameSchema } from '@p2p-chat/protocol/discovery';
import { decodeJson } from '@p2p-chat/protocol/text';
import type { z } from 'zod';
import { EventLog } from './event-log.ts';

type ClientFrame = z.infer<typeof clientFrame>;

/** One session as the server's side sees it. */
export class ScriptedSession {
  readonly frames = new EventLog<ClientFrame>();
  readonly epoch = randomUUID();
  readonly ws: WebSocket;
  readonly #socket: Duplex;
  #seq = 0;

  constructor(ws: WebSocket, socket: Duplex) {
    this.ws = ws;
    this.#socket = socket;
    ws.on('error', () => undefined);
    ws.on('message', (data) => {
      if (Buffer.isBuffer(data)) this.frames.add(decodeJson(clientFrameSchema, data));
    });
  }

  say(frame: object): void {
    this.ws.send(JSON.stringify(frame));
  }

  /** Everything that is said meanwhile arrives as one piece. */
  atOnce(speak: () => void): void {
    this.#socket.cork();
    speak();
    this.#socket.uncork();
  }

  /** @param offers as a server of today says it; undefined: as an older one */
  challenge(binding: BindingKind = 'plain', offers?: readonly string[]): void {
    this.say({ type: 'challenge', nonce: randomBytes(32).toString('base64'), binding, offers });
  }

  async welcome(user: User): Promise<void> {
    await this.frames.first((frame) => frame.type === 'sign-in');
    this.say({ type: 'welcome', user, epoch: this.epoch });
  }

  /** The next push; `skip` leaves numbers out. */
  push(frame: object, skip = 0): void {
    this.#seq += 1 + skip;
    this.say({ ...frame, epoch: this.epoch, seq: this.#seq });
  }

  /** Answers the newest request of this type. */
  async answer(type: ClientFrame['type'], from = 0): Promise<number> {
    const frame = await this.frames.first((each) => each.type === type, from);
    if ('id' in frame) this.say({ type: 'result', id: frame.id });
    return this.frames.all.indexOf(frame) + 1;
  }
}

/** A discovery server on 127.0.0.1 that does what a test says. */
export interface ScriptedServer {
  readonly url: URL;
  readonly sessions: EventLog<ScriptedSession>;
  readonly http: Server;
  stop(): Promise<void>;
}

export async function startScriptedServer(): Promise<ScriptedServer> {
  const http = createServer();
  const sessions = new EventLog<ScriptedSession>();
  const sockets = new WebSocketServer({ server: http, handleProtocols: () => SESSION_PROTOCOL });
  sockets.on('connection', (ws, { socket }) => sessions.add(new ScriptedSession(ws, socket)));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const address = http.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return {
    url: new URL(`http://127.0.0.1:${port}`),
    sessions,
    http,
    stop: async () => {
      for (const ws of sockets.clients) ws.terminate();
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
}
