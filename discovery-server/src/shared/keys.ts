import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';

/** How much of an identity names the channel on which its presence is told: 4,096 of them. */
export const BUCKET_DIGITS = 3;

/** What everything in Redis is called. One hash tag: what a script changes together lies on one node. */
export interface Keys {
  /** Hash: from an identity to what is kept of its account; see account-scripts.ts. */
  readonly accounts: string;
  /** Hash: from a `nameKey` to the identities that have it, one as a rule, spaces between. */
  readonly names: string;
  /** Hash: from an identity that was replaced to the one that has its account. */
  readonly heirs: string;
  /** Hashes: from an identity to when it was last seen, and to its device. */
  readonly seen: string;
  readonly devices: string;
  /** Stream of every change of an account, as JSON. */
  readonly log: string;
  /** Channel: there is more in the stream. */
  readonly logged: string;
  /** Hash: from a `nameKey` to a reservation as JSON. */
  readonly reservations: string;
  /** Sorted set: of everybody online, when they run out. */
  readonly online: string;
  /** The number of the last change of somebody's presence. */
  readonly version: string;
  /** When somebody last looked who has run out; and a key that is there while nobody does. */
  readonly swept: string;
  readonly grace: string;
  /** There while a migration writes accounts, and after one that did not end. */
  readonly migrating: string;
  /** With which nonces are made. */
  readonly nonceSecret: string;
  nonce(nonce: string): string;
  presence(identity: Fingerprint): string;
  /** Channel of the presence of everybody whose identity begins like this one. */
  bucket(identity: Fingerprint): string;
  /** Channel of one instance. */
  instance(id: string): string;
  limit(name: string): string;
}

/** @param database what is published is heard in every database of a server, so its number is in the names */
export function keysOf(database: number): Keys {
  const prefix = `{p2p-chat:${database}}:`;
  return {
    accounts: `${prefix}accounts`,
    names: `${prefix}names`,
    heirs: `${prefix}heirs`,
    seen: `${prefix}seen`,
    devices: `${prefix}devices`,
    log: `${prefix}log`,
    logged: `${prefix}logged`,
    reservations: `${prefix}reservations`,
    online: `${prefix}online`,
    version: `${prefix}version`,
    swept: `${prefix}swept`,
    grace: `${prefix}grace`,
    migrating: `${prefix}migrating`,
    nonceSecret: `${prefix}nonce-secret`,
    nonce: (nonce) => `${prefix}nonce:${nonce}`,
    presence: (identity) => `${prefix}on:${identity}`,
    bucket: (identity) => `${prefix}of:${identity.slice(0, BUCKET_DIGITS)}`,
    instance: (id) => `${prefix}to:${id}`,
    limit: (name) => `${prefix}limit:${name}`,
  };
}
