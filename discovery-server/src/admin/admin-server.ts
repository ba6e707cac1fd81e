import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Logger } from 'pino';
import { decodeJson, MalformedError } from '@p2p-chat/protocol/text';
import { messageOf } from '../errors.ts';
import { METRICS_SOCKETS, METRICS_TIMEOUT_MS } from '../limits.ts';
import { Refusal, refusalBody } from '../refusal.ts';
import { type AdminAnswer, adminRequest, MAX_ADMIN_BYTES } from './admin-api.ts';
import { Administration, type AdministrationParts } from './administration.ts';

/** The socket in the data folder; and where sockets are no files, the file that names it. */
export const ADMIN_SOCKET = 'admin.sock';
export const ADMIN_PIPE_FILE = 'admin.pipe';

/** The longest path of a socket that every system takes, bytes. */
const MAX_SOCKET_PATH = 103;

/** What stops with the server. */
export interface AdminServer {
  stop(): Promise<void>;
}

/**
 * Lets whoever may write in the data folder administer the server that runs: by a socket in it that only its owner (and
 * root) can open; on Windows by a pipe whose name, a secret, is in a file of it. A server that cannot have one runs
 * without.
 */
export async function serveAdministration(
  parts: AdministrationParts,
  logger: Logger,
): Promise<AdminServer | undefined> {
  const { folder } = parts;
  const administration = new Administration(parts);
  const server = createServer((request, response) => {
    answer(request, administration, logger).then(
      ([type, text]) => send(response, 200, type, text),
      (error: unknown) => {
        const refusal = refusalOf(error, logger);
        send(response, refusal.status, JSON_TYPE, refusalBody(refusal, ''));
      },
    );
  });
  server.maxConnections = METRICS_SOCKETS;
  server.headersTimeout = METRICS_TIMEOUT_MS;
  server.requestTimeout = METRICS_TIMEOUT_MS;
  const file = path.join(folder, process.platform === 'win32' ? ADMIN_PIPE_FILE : ADMIN_SOCKET);
  try {
    const address = await addressIn(folder, file);
    // Made for its owner alone, from the first moment.
    const before = process.platform === 'win32' ? undefined : process.umask(0o177);
    try {
      server.listen(address);
    } finally {
      if (before !== undefined) process.umask(before);
    }
    await once(server, 'listening');
    if (process.platform !== 'win32') await chmod(address, 0o600);
  } catch (error) {
    logger.warn(`commands such as "users" work only while the server does not run: ${messageOf(error)}`);
    server.close();
    return undefined;
  }
  return {
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      await rm(file, { force: true });
    },
  };
}

const JSON_TYPE = 'application/json';

async function answer(
  request: IncomingMessage,
  administration: Administration,
  logger: Logger,
): Promise<[type: string, text: string]> {
  const size = Number(request.headers['content-length']);
  if (request.method !== 'POST' || !(size <= MAX_ADMIN_BYTES)) {
    throw new Refusal('bad-request', `POST at most ${MAX_ADMIN_BYTES} bytes`);
  }
  const asked = decodeJson(adminRequest, await buffer(request));
  if (asked.do !== 'list') logger.info(`administration: ${asked.do}`);
  if (asked.do === 'backup') return ['text/plain', await administration.backup()];
  const answered: AdminAnswer = await administration.answer(asked);
  return [JSON_TYPE, JSON.stringify(answered)];
}

function refusalOf(error: unknown, logger: Logger): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof MalformedError) return new Refusal('bad-request', error.message);
  logger.error({ err: error }, `administration failed: ${messageOf(error)}`);
  return new Refusal('unavailable', messageOf(error), 500);
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'Content-Type': type, Connection: 'close' }).end(text);
}

/** A socket that a killed server left is removed: whoever holds the folder is the only server in it. */
async function addressIn(folder: string, file: string): Promise<string> {
  await rm(file, { force: true });
  if (process.platform === 'win32') {
    const pipe = `\\\\.\\pipe\\p2p-chat-discovery-${randomBytes(16).toString('hex')}`;
    await writeFile(file, pipe, { mode: 0o600 });
    return pipe;
  }
  if (Buffer.byteLength(file) > MAX_SOCKET_PATH) {
    throw new Error(`the path of ${folder} is too long for a socket in it`);
  }
  return file;
}
