import { createConnection, type Socket } from 'node:net';
import { ResponseError } from 'vscode-jsonrpc/node';
import { compareVersions, greetingRequests, makeNonce, makeProof, sameProof } from '../peer/greeting.ts';
import type { Snapshot } from '../peer-api.ts';
import { readRendezvous, type Rendezvous } from '../peer/rendezvous.ts';
import { GREETING_TIMEOUT_MS } from '../peer/wire.ts';
import { Session } from './session.ts';

/** How long an older owner may take to stop after it agreed to, milliseconds: it gives up by itself after 2 s. */
const HAND_OVER_TIMEOUT_MS = 4_000;

/** Nobody listens, or it is not this installation's owner, or it does not answer. The message is for the log. */
export class NotConnected extends Error {
  override readonly name = 'NotConnected';
  /** Whether somebody is there, so that the person's log should say what is wrong with it. */
  readonly reached: boolean;

  constructor(message: string, reached: boolean, options?: ErrorOptions) {
    super(message, options);
    this.reached = reached;
  }
}

/** The owner was older than this window and has stopped: this window is to be the next owner. */
export class HandedOver extends Error {
  override readonly name = 'HandedOver';
}

/**
 * Finds the owner, connects, proves and has proved the secret, and takes the state. An older owner is asked to hand
 * over.
 * @throws {NotConnected} when there is no owner to talk to
 * @throws {HandedOver} when this window is to be the owner
 */
export async function reachOwner(
  { globalStorage, version }: { readonly globalStorage: string; readonly version: string },
  signal: AbortSignal,
): Promise<{ session: Session; snapshot: Snapshot }> {
  const rendezvous = await readRendezvous(globalStorage);
  if (rendezvous === null) throw new NotConnected('there was no owner yet', false);
  const session = await connectToOwner(rendezvous, version, signal);
  const end = (): void => session.close();
  const timer = setTimeout(end, GREETING_TIMEOUT_MS);
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  try {
    return { session, snapshot: await session.request('subscribe', {}) };
  } catch (error) {
    end();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}

async function connectToOwner(
  rendezvous: Rendezvous,
  version: string,
  signal: AbortSignal,
): Promise<Session> {
  const socket = createConnection({ path: rendezvous.address });
  const abort = (): void => void socket.destroy();
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  const seen = { late: false, reached: false };
  const timer = setTimeout(() => {
    seen.late = true;
    socket.destroy();
  }, GREETING_TIMEOUT_MS);
  let session: Session | undefined;
  try {
    await connected(socket);
    seen.reached = true;
    session = new Session(socket);
    const owner = await greet(session, rendezvous.secret, version);
    clearTimeout(timer);
    if (compareVersions(version, owner) > 0) await askToHandOver(session);
    return session;
  } catch (error) {
    session?.close();
    socket.destroy();
    if (error instanceof HandedOver) throw error;
    const reason = seen.late
      ? 'the window that runs P2P Chat does not answer'
      : error instanceof Error
        ? error.message
        : 'unknown';
    throw new NotConnected(reason, seen.reached, { cause: error });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
  });
}

/** @returns the owner's version */
async function greet(session: Session, secret: Buffer, version: string): Promise<string> {
  const nonce = makeNonce();
  const answer = greetingRequests.greet.result.parse(await session.ask('greet', { nonce, version }));
  const nonces = { window: nonce, server: answer.nonce };
  if (!sameProof(answer.proof, makeProof(secret, 'server', nonces))) {
    throw new Error('who listens does not know the secret of this installation');
  }
  await session.ask('prove', { proof: makeProof(secret, 'window', nonces) });
  return answer.version;
}

/** Returns when the older owner does not step down: it is still one to talk to. */
async function askToHandOver(session: Session): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const refused = new Promise<'refused'>((resolve) => {
    timer = setTimeout(() => resolve('refused'), HAND_OVER_TIMEOUT_MS);
    session.ask('hand-over', {}).catch((error: unknown) => {
      if (error instanceof ResponseError) resolve('refused');
    });
  });
  try {
    if ((await Promise.race([session.ended, refused])) === 'refused') return;
  } finally {
    clearTimeout(timer);
  }
  throw new HandedOver('the older owner stopped for this window');
}
