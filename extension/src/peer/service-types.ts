import type { Succession } from '@p2p-chat/protocol/succession';
import type { ProxySettings } from '../net/proxy.ts';
import type { PeerMethod, PeerParams, PeerPush, PeerPushValue, PeerResult } from '../peer-api.ts';

/**
 * The peer behind the local socket: what service.ts makes and the worker serves to windows. A `window` is an opaque
 * token, one for each connection, so that what a window opened is closed when it goes away.
 */

/** Ends a subscription. Calling it twice does nothing. */
export type Cancel = () => void;

export interface PeerServiceOptions {
  /** The folder that all windows of this installation share. */
  readonly globalStorage: string;
  /** PKCS#8 PEM. */
  readonly identityKey: string;
  /** PKCS#8 PEM. */
  readonly deviceKey: string;
  /** How this identity followed on others, oldest first. */
  readonly successions: readonly Succession[];
  /** The extension's version. */
  readonly version: string;
  /** VS Code's proxy settings, of which a worker sees none; the environment's count where these say nothing. */
  readonly proxy: ProxySettings;
  /**
   * Damage was found in a file that the running peer uses; it is noted beside the file. The peer is to be stopped: the
   * next one puts the file aside. Called at most once for each file.
   */
  readonly onDamage?: (path: string) => void;
}

export interface PeerService {
  /**
   * For `subscribe` the snapshot is taken before this returns its promise, so that whoever subscribed in the same
   * tick gets every later change as a push, and none that the snapshot has already.
   * @throws {PeerError} for what a person can do something about
   */
  request<M extends PeerMethod>(method: M, params: PeerParams<M>, window: object): Promise<PeerResult<M>>;
  subscribe(push: PushTo, window: object): Cancel;
  /** The window is gone: its conversations are closed. Unknown windows are ignored. Never called after `stop`. */
  windowClosed(window: object): void;
  /** Ends everything. Requests under way are settled before; nothing is pushed afterwards. */
  stop(): Promise<void>;
}

/** Takes pushes, in order. */
export type PushTo = <P extends PeerPush>(name: P, value: PeerPushValue<P>) => void;

export type CreatePeerService = (options: PeerServiceOptions) => Promise<PeerService>;
