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
  /** Whether somebody listens, and does not answer. */
  readonly silent: boolean;

  constructor(
    message: string,
    { reached, silent = false }: { readonly reached: boolean; readonly silent?: boolean },
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.reached = reached;
    this.silent = silent;
  }
}

/** The owner was older than this window and has stopped: this window is to be the next owner. */
export class HandedOver extends Error {
  override readonly name = 'HandedOver';
}

export interface ReachOptions {
  readonly globalStorage: string;
  readonly version: string;
  /** Waits for answers as long as the connection lasts: for an owner that stands still, and may go on. */
  readonly patiently?: boolean;
}

/**
 * Finds the owner, connects, proves and has proved the secret, and takes the state. An older owner is asked to hand
 * over.
 * @throws {NotConnected} when there is no owner to talk to
 * @throws {HandedOver} when this window is to be the owner
 */
export async function reachOwner(
  { globalStorage, version, patiently = false }: ReachOptions,
  signal: AbortSignal,
): Promise<{ session: Session; snapshot: Snapshot }> {
  const rendezvous = await readRendezvous(globalStorage);
  if (rendezvous === null) throw new NotConnected('there was no owner yet', { reached: false });
  const session = await connectToOwner(rendezvous, version, patiently, signal);
  const end = (): void => session.close();
  const deadline = startDeadline(patiently, end);
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  try {
    return { session, snapshot: await session.request('subscribe', {}) };
  } catch (error) {
    end();
    if (deadline.isOver) throw silence(error);
    throw error;
  } finally {
    deadline.cancel();
    signal.removeEventListener('abort', end);
  }
}

/** How long an answer of the greeting may take, unless it may take for ever. */
function startDeadline(patiently: boolean, over: () => void): { readonly isOver: boolean; cancel(): void } {
  let isOver = false;
  const expire = (): void => {
    isOver = true;
    over();
  };
  const timer = patiently ? undefined : setTimeout(expire, GREETING_TIMEOUT_MS);
  return {
    get isOver() {
      return isOver;
    },
    cancel: () => clearTimeout(timer),
  };
}

function silence(cause: unknown): NotConnected {
  const message = 'the window that runs P2P Chat does not answer';
  return new NotConnected(message, { reached: true, silent: true }, { cause });
}

async function connectToOwner(
  rendezvous: Rendezvous,
  version: string,
  patiently: boolean,
  signal: AbortSignal,
): Promise<Session> {
  const socket = createConnection({ path: rendezvous.address });
  const abort = (): void => void socket.destroy();
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  let reached = false;
  const deadline = startDeadline(patiently, abort);
  let session: Session | undefined;
  try {
    await connected(socket);
    reached = true;
    session = new Session(socket);
    const owner = await greet(session, rendezvous.secret, version);
    deadline.cancel();
    if (compareVersions(version, owner) > 0) await askToHandOver(session);
    return session;
  } catch (error) {
    session?.close();
    socket.destroy();
    if (error instanceof HandedOver) throw error;
    if (deadline.isOver) throw silence(error);
    throw new NotConnected(error instanceof Error ? error.message : 'unknown', { reached }, { cause: error });
  } finally {
    deadline.cancel();
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
