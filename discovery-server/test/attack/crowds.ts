import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** Where a server is, and from where one comes to it. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly localAddress?: string;
}

/**
 * So many connections, one after the other, each over before the next: every other one is reset, the next says something
 * that is not TLS and is closed, and each fiftieth is a whole handshake and half a request.
 */
export async function knock(place: Place, times: number): Promise<void> {
  for (let count = 1; count <= times; count += 1) {
    const isWhole = count % 50 === 0;
    const socket = isWhole ? connectTls({ ...place, rejectUnauthorized: false }) : connect(place);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined).resume();
    socket.once(isWhole ? 'secureConnect' : 'connect', () => {
      if (isWhole) socket.end('GET / HTTP/1.1\r\nHost: ');
      else if (count % 2 === 0) socket.resetAndDestroy();
      else socket.end('GET / HTTP/1.1\r\n\r\n');
    });
    await closed;
  }
}

/** Does something while so many connections say nothing. */
export async function hold(place: Place, count: number, meanwhile: () => Promise<void>): Promise<void> {
  const sockets = Array.from({ length: count }, () => connect(place).on('error', () => undefined));
  await Promise.all(sockets.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')])));
  await meanwhile();
  for (const socket of sockets) socket.destroy();
}
