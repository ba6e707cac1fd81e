import { nameKey } from '@p2p-chat/protocol/name-key';
import type { Person } from '../peer-api.ts';
import { groupedFingerprint } from './labels.ts';

/** Digits by which namesakes are told apart, with their spaces: too many to find another key with the same ones. */
const MARK_LENGTH = 19;

/**
 * Whoever shares a name, or one that looks like it, with somebody else: servers know nothing of each other's names, so
 * the same one may be a friend's on the one and an attacker's on the other.
 */
export function namesakesAmong(people: Iterable<Pick<Person, 'id' | 'name'>>): ReadonlySet<string> {
  const first = new Map<string, string>();
  const namesakes = new Set<string>();
  for (const { id, name } of people) {
    const key = nameKey(name);
    const other = first.get(key);
    if (other === undefined) first.set(key, id);
    else if (other !== id) namesakes.add(other).add(id);
  }
  return namesakes;
}

/** What tells somebody from a namesake, the beginning of their fingerprint; null for whoever has none. */
export function markOf(id: string, namesakes: ReadonlySet<string>): string | null {
  return namesakes.has(id) ? groupedFingerprint(id).slice(0, MARK_LENGTH) : null;
}

/** A name for where nothing else is shown of its person, such as a tab. */
export function distinctName(
  { id, name }: Pick<Person, 'id' | 'name'>,
  namesakes: ReadonlySet<string>,
): string {
  const mark = markOf(id, namesakes);
  return mark === null ? name : `${name} (${mark})`;
}
