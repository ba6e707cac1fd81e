import type { KeyPair } from '@p2p-chat/protocol/identity';
import { nameKey } from '@p2p-chat/protocol/names';
import type { Succession } from '@p2p-chat/protocol/succession';
import type { Clock } from '../core/ports.ts';
import { DiscoveryError, register, type RegisterOptions } from '../net/discovery-http.ts';
import { proxySettings, type ProxySettings } from '../net/proxy.ts';
import { accessServer, type ServerAccess } from '../net/server-access.ts';
import type { AcceptedKey } from '../net/server-trust.ts';
import { type OnlineOptions, PeerError } from '../peer-api.ts';
import { keyLost, onlineError } from './problems.ts';
import type { Remembered } from './remembered.ts';

/** Who introduces themselves to a discovery server. */
export interface IntroductionParts {
  readonly identityKey: KeyPair;
  /** How the identity followed on others; verified. */
  readonly successions: readonly Succession[];
  readonly clock: Clock;
  readonly remembered: Remembered;
  /** Between this machine and a discovery server on another. */
  readonly proxy: ProxySettings;
}

/** What a wish to be online comes down to. */
export interface Wish {
  readonly options: OnlineOptions;
  readonly server: URL;
}

/** How a server took it. */
export interface Introduction {
  /** Null when the server could not be looked at, or is not to be talked to as it looks now. */
  readonly access: ServerAccess | null;
  /** Or why an account that exists cannot be confirmed now. */
  readonly outcome: { readonly created: boolean; readonly name: string } | PeerError;
}

/**
 * Finds out whether a server is the one that it was.
 * @throws {DiscoveryError}
 */
export function lookAt(
  { remembered, clock, proxy }: IntroductionParts,
  server: URL,
  accepted: AcceptedKey | null,
  signal: AbortSignal,
): Promise<ServerAccess> {
  const settings = proxySettings(proxy, process.env);
  return accessServer({ server, proxy: settings, known: remembered, accepted, clock, signal });
}

/** Whether an account is only looked for, by signing in: nobody asked for one, and there was one. */
export function isLookedFor(remembered: Remembered, { options, server }: Wish): boolean {
  return !options.byPerson && remembered.isKept(server.origin, options.name);
}

/**
 * Looks at the server, and registers the name there if it is new. An account that was deleted, or whose key is lost, is not
 * made again in silence: see isLookedFor.
 * @throws {PeerError}
 */
export async function introduce(
  parts: IntroductionParts,
  { options, server }: Wish,
  signal: AbortSignal,
): Promise<Introduction> {
  const { identityKey, successions, clock, remembered } = parts;
  const { name, joinCode } = options;
  const { origin } = server;
  const before = remembered.account(origin);
  const exists = before !== null && nameKey(before) === nameKey(name);
  let access: ServerAccess | null = null;
  try {
    access = await lookAt(parts, server, options.serverKey, signal);
    if (isLookedFor(remembered, { options, server })) return { access, outcome: { created: false, name } };
    const account = { access, name, identityKey, successions, joinCode, clock, signal };
    const { created, user } = await (exists ? registerAgain(account) : register(account));
    remembered.setAccount(origin, user.name);
    return { access, outcome: { created, name: user.name } };
  } catch (error) {
    const why = nameLost(onlineError(error), name, remembered.lostAccount(origin));
    // Who shows another key may be a captive portal, which goes; whoever waits for an answer is asked about it.
    const mayPass = why.code === 'server-unreachable' || (why.code === 'server-changed' && !options.byPerson);
    if (mayPass && exists) return { access, outcome: why };
    throw why;
  } finally {
    signal.throwIfAborted();
  }
}

/** Whoever lost the key of an account is told that, and not that the name is somebody else's. */
function nameLost(why: PeerError, name: string, lost: string | null): PeerError {
  if (why.code !== 'name-taken' || lost === null || nameKey(lost) !== nameKey(name)) return why;
  const { code, message } = keyLost(lost);
  return new PeerError(code, message, { cause: why });
}

/** Of an account that this peer knows: where it was renamed by another device of this identity, it has that name. */
async function registerAgain(options: RegisterOptions): ReturnType<typeof register> {
  try {
    return await register(options);
  } catch (error) {
    if (!(error instanceof DiscoveryError) || error.accountName === undefined) throw error;
    return register({ ...options, name: error.accountName });
  }
}

/** An invite to the server in use: it may tell of another key than the server has. @throws {PeerError} */
export async function compareKeys(
  parts: IntroductionParts,
  { options: { serverKey }, server }: Wish,
  signal: AbortSignal,
): Promise<void> {
  if (serverKey?.by !== 'invite') return;
  try {
    await lookAt(parts, server, serverKey, signal);
  } catch (error) {
    throw onlineError(signal.aborted ? signal.reason : error);
  }
}
