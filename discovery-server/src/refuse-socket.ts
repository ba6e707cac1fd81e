import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Refusal, refusalBody } from './refusal.ts';
import { REQUEST_ID_HEADER } from './request-id.ts';

/** Answers on a bare socket, where no response object exists, and ends it. @param id of the request */
export function refuseSocket(socket: Duplex, refusal: Refusal, id: string): void {
  const body = refusalBody(refusal, id);
  const retry = refusal.retryAfter === undefined ? '' : `Retry-After: ${refusal.retryAfter}\r\n`;
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? 'Refused'}\r\n` +
      'Connection: close\r\nContent-Type: application/json; charset=utf-8\r\nCache-Control: no-store\r\n' +
      `${REQUEST_ID_HEADER}: ${id}\r\n${retry}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
