import assert from 'node:assert/strict';
import { generateKeyPair } from '@p2p-chat/protocol/identity';
import { emptyDisks, type Person, World } from './world.ts';

/**
 * A discovery server that lies, by itself or together with Mallory. In each case: what it achieves, and what the
 * person sees. Keys and statements are real.
 */

export interface Cast {
  world: World;
  sam: Person;
  carol: Person;
  mallory: Person;
}

export function cast(): Cast {
  const world = new World();
  const [sam, carol, mallory] = ['Sam', 'Carol', 'Mallory'].map((name) =>
    world.person(name, emptyDisks(), { key: generateKeyPair() }),
  );
  assert.ok(sam && carol && mallory);
  return { world, sam, carol, mallory };
}

/** Sam and Carol know each other from honest days; Sam has verified her. */
export async function pinned(): Promise<Cast> {
  const parts = cast();
  const { world, sam, carol, mallory } = parts;
  for (const person of [carol, mallory, sam]) await person.goOnline();
  sam.open(carol);
  await sam.write(carol, 'hello');
  await world.clock.settle();
  carol.chat.decisions.setStanding(sam.identity, 'accepted');
  sam.verify(carol);
  await world.clock.settle();
  assert.deepEqual(sam.states(carol), ['delivered']);
  return parts;
}

export const key = (person: Person) => {
  assert.ok(person.key);
  return person.key;
};

/** What Sam sees of Carol, and that Mallory got nothing. */
export function assertUnharmed({ sam, carol, mallory }: Cast): void {
  const view = sam.view(carol.identity);
  assert.deepEqual([view?.name, view?.trust], ['Carol', 'verified']);
  assert.deepEqual(mallory.chat.contacts, []);
}

export function requireContact(of: Person, other: Person) {
  const contact = of.disks.history.contacts().find(({ identity }) => identity === other.identity);
  assert.ok(contact);
  return contact;
}
