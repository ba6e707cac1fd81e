import type { Found } from '../../src/core/net-ports.ts';
import type { StoredContact } from '../../src/core/storage-ports.ts';
import { LOOKUPS_PER_SECOND } from '../../src/core/stranger-lookups.ts';
import { fingerprintNamed } from '../support/envelopes.ts';
import { ScriptedPeer } from './scripted-peer.ts';
import { type Person, samAndCarol, type World } from './world.ts';

/** Sam has written to Carol, who never met him; both are online. */
export async function samAsked() {
  const parts = await samAndCarol();
  parts.sam.open(parts.carol);
  await parts.sam.write(parts.carol, 'May I?');
  await parts.world.clock.settle();
  return parts;
}

/** A stranger whom the directory knows, with a link to somebody. */
export async function stranger(
  world: World,
  to: Person,
  name: string,
  device = fingerprintNamed(`${name}'s device`),
): Promise<ScriptedPeer> {
  // After whoever knocked before: how often a server is asked about strangers is limited.
  await world.clock.advance(1_000 / LOOKUPS_PER_SECOND);
  const identity = fingerprintNamed(name);
  world.answer = (about) =>
    Promise.resolve({ presence: presenceOf(name, about), successions: [] } satisfies Found);
  return new ScriptedPeer(world, to, { identity, device }).greet();
}

export const presenceOf = (name: string, identity: string) => ({
  name,
  identity,
  online: true,
  lastSeen: 0,
  device: fingerprintNamed(`${name}'s device`),
  endpoints: [],
});

export const stored = (name: string, standing: StoredContact['standing']): StoredContact => ({
  identity: fingerprintNamed(name),
  server: 'http://127.0.0.1:8000',
  name,
  trust: 'unverified',
  standing,
  beforeBlock: null,
  changedTo: null,
  rejected: [],
  endpoints: [],
  lastSeen: null,
  readUpTo: 0,
  formerServers: [],
  theyReadUpTo: 0,
  muted: false,
  pinned: false,
  statusText: '',
  nearbyKey: null,
  typedEndpoint: null,
});
