import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { DiscoveryPath, errorBody, SESSION_PROTOCOL } from '@p2p-chat/protocol/discovery';
import { decodeJson } from '@p2p-chat/protocol/text';
import { cleanUp } from './cleanup.ts';
import { http, type HttpAnswer } from './test-client.ts';

export const rate = (calls: number) => ({ calls, seconds: 60 });

export function assertTooMany(answer: HttpAnswer): void {
  assert.equal(answer.status, 429);
  assert.equal(decodeJson(errorBody, answer.text).error.code, 'too-many');
  const wait = Number(answer.headers.get('retry-after'));
  assert.ok(wait >= 1 && wait <= 60, `Retry-After: ${wait}`);
}

/** A bare TCP connection; what the server says is in `answer` once it has closed it. */
export async function tcp(t: TestContext, url: string): Promise<{ socket: Socket; answer: Promise<string> }> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  cleanUp(t, () => socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return { socket, answer: text(socket).catch(() => '') };
}

/** The answer to a WebSocket handshake that is refused. */
export async function handshake(url: string): Promise<HttpAnswer> {
  return http(url, DiscoveryPath.session, {
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': Buffer.alloc(16).toString('base64'),
      'sec-websocket-version': '13',
      'sec-websocket-protocol': SESSION_PROTOCOL,
    },
  });
}

/** Tries until it works: the server hears a moment later than this end that a socket is gone. */
export async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  const end = performance.now() + 5_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > end) throw error;
      await setTimeout(20);
    }
  }
}

/** Sends a byte now and then, as whoever wants to hold a socket for ever. */
export function drip(t: TestContext, socket: Socket, byte: string): void {
  const timer = setInterval(() => socket.write(byte), 200);
  socket.once('close', () => clearInterval(timer));
  cleanUp(t, () => clearInterval(timer));
}
