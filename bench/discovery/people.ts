import { type KeyObject, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePublicKey, fingerprintOf, generateKeyPair } from '@p2p-chat/protocol/identity';

/** Somebody who can register or sign in. */
export interface Somebody {
  readonly name: string;
  readonly privateKey: KeyObject;
  /** As it stands in a registration. */
  readonly publicKey: string;
  readonly identity: string;
  readonly device: string;
  /** Whom a proxy reports: everybody comes from an address of their own. */
  readonly address: string;
}

/** Somebody new. @param count tells them from others: names, and addresses, are made of it */
export function somebody(count: number): Somebody {
  const { privateKey, publicKey } = generateKeyPair();
  return {
    name: nameOf(count),
    privateKey,
    publicKey: encodePublicKey(publicKey),
    identity: fingerprintOf(publicKey),
    device: fingerprintFor(),
    address: addressOf(count),
  };
}

/** One of four million addresses of a private network. */
export function addressOf(count: number): string {
  return `10.${(count >>> 16) & 255}.${(count >>> 8) & 255}.${count & 255}`;
}

function nameOf(count: number): string {
  return `person-${String(count).padStart(6, '0')}`;
}

function fingerprintFor(): string {
  return randomBytes(32).toString('hex');
}

/**
 * Writes the accounts file of a server that has known so many for a while, and returns those who can sign in. They stand
 * among the others evenly, by name.
 */
export function populate(folder: string, accounts: number, crowd: number): Somebody[] {
  const people: Somebody[] = [];
  const registeredAt = Date.UTC(2026, 0, 1);
  const lines: string[] = [];
  for (let count = 0; count < accounts; count += 1) {
    const isOfCrowd = Math.floor(((count + 1) * crowd) / accounts) > Math.floor((count * crowd) / accounts);
    let who = { identity: '', device: fingerprintFor() };
    if (isOfCrowd) {
      const one = somebody(count);
      people.push(one);
      who = one;
    } else who.identity = fingerprintFor();
    lines.push(
      JSON.stringify({
        _id: who.identity,
        name: nameOf(count),
        registeredAt: registeredAt + count,
        lastSeen: registeredAt + 86_400_000 + count,
        device: who.device,
      }),
    );
  }
  writeFileSync(join(folder, 'accounts.db'), `${lines.join('\n')}\n`, { mode: 0o600 });
  return people;
}
