import { readFile } from 'node:fs/promises';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { decodeJson } from '@p2p-chat/protocol/text';
import { DataFolderError, systemCode } from '../errors.ts';
import { Refusal } from '../refusal.ts';
import { type AdminAnswer, adminAnswer, adminError, type AdminRequest } from './admin-api.ts';
import { ADMIN_PIPE_FILE, ADMIN_SOCKET } from './admin-server.ts';

/** How long a server may take, milliseconds: a backup of 20,000 accounts takes a second. */
const PATIENCE_MS = 30_000;

/** No server that could be asked uses this folder. */
export class NoServerError extends Error {
  override readonly name = 'NoServerError';
}

/**
 * Asks the server that runs in this folder.
 * @throws {NoServerError} none does
 * @throws {Refusal} what it refuses
 */
export async function askServer(folder: string, asked: AdminRequest): Promise<AdminAnswer> {
  return decodeJson(adminAnswer, await exchange(folder, asked));
}

/** As `askServer`: the text of a backup. */
export async function backUpServer(folder: string): Promise<string> {
  return exchange(folder, { do: 'backup' });
}

async function exchange(folder: string, asked: AdminRequest): Promise<string> {
  const address = await addressIn(folder);
  const body = JSON.stringify(asked);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = httpRequest(
      {
        socketPath: address,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
        timeout: PATIENCE_MS,
      },
      resolve,
    );
    request.once('timeout', () => request.destroy(new Error('the server does not answer')));
    request.once('error', (error) => reject(whyNot(folder, error)));
    request.end(body);
  });
  const said = await text(answer);
  if (answer.statusCode === 200) return said;
  const { code, message } = decodeJson(adminError, said).error;
  throw new Refusal(code, message);
}

async function addressIn(folder: string): Promise<string> {
  if (process.platform !== 'win32') return path.join(folder, ADMIN_SOCKET);
  return readFile(path.join(folder, ADMIN_PIPE_FILE), 'utf8').catch((error: unknown) => {
    throw whyNot(folder, error);
  });
}

/** The folder, or the socket in it, is for another user. */
export function notAllowed(folder: string, cause: unknown): DataFolderError {
  return new DataFolderError(
    `${folder} is for another user: run this as the user of the server, or as root.`,
    { cause },
  );
}

/** No server: a socket that is not there, or that a killed server left. */
function whyNot(folder: string, error: unknown): Error {
  const code = systemCode(error) ?? '';
  if (code === 'EACCES' || code === 'EPERM') return notAllowed(folder, error);
  const none = ['ENOENT', 'ECONNREFUSED', 'ENAMETOOLONG', 'EINVAL'].includes(code);
  if (none) return new NoServerError('no server runs in this folder', { cause: error });
  return error instanceof Error ? error : new Error(String(error));
}
