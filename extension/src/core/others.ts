import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Succession } from '@p2p-chat/protocol/succession';
import type { Correspondence } from './correspondence.ts';
import type { Log } from './ports.ts';

/** What one correspondence needs to know of all others. */
export interface Others {
  /** For what those who are not accepted do: see seldom. */
  readonly strangersLog: Log;
  /** Somebody became a contact. */
  kept(of: Correspondence): void;
  /** Somebody stands otherwise than before. */
  changed(): void;
  /** A stranger's last link ended, and nothing was stored of them. */
  idle(of: Correspondence): void;
  /** Somebody said in a hello what they are called, or took another name. */
  heard(of: Correspondence): void;
  /** Whether no other contact has this name, or one that looks like it. */
  isNameFree(name: string, identity: Fingerprint): boolean;
  /** Whether one more request may be kept. */
  hasRoomForRequest(): boolean;
  /** Whether this person lets contacts know how far they have read. */
  tellsRead(): boolean;
  /** Whether this person lets contacts know that they are writing. */
  tellsTyping(): boolean;
  /** What this person says of themselves. */
  statusText(): string;
  /** What this person is recognised by in local networks. */
  nearbyKey(): string;
  /** Somebody who was accepted is not any longer: they are to recognise this person no more. */
  estranged(from: Fingerprint): void;
  /** A hello says how its identity followed on others; nothing of it is verified. @throws {StorageError} */
  follow(chain: readonly Succession[]): void;
}
