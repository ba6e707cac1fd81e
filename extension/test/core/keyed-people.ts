import { generateKeyPair } from '@p2p-chat/protocol/identity';
import { emptyDisks, type Person, World } from './world.ts';

/** Sam and Carol with keys of their own, accepted by each other, one message each way. */
export async function acquainted(): Promise<{ world: World; sam: Person; carol: Person }> {
  const world = new World();
  const sam = world.person('Sam', emptyDisks(), { key: generateKeyPair() });
  const carol = world.person('Carol', emptyDisks(), { key: generateKeyPair() });
  await sam.goOnline();
  await carol.goOnline();
  await world.introduce(carol);
  sam.open(carol);
  await sam.write(carol, 'hello');
  await world.clock.settle();
  await carol.write(sam, 'hello yourself');
  await world.clock.settle();
  return { world, sam, carol };
}

/** Carol lost everything and registered her name anew: another identity, and no statement about it. */
export async function carolStartsAnew(world: World, carol: Person): Promise<Person> {
  await carol.crash();
  const other = world.person('Carol', emptyDisks(), { key: generateKeyPair() });
  await other.goOnline();
  await world.introduce(other);
  return other;
}
