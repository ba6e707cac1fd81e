import { strings } from '../strings.ts';

/** How much of what stands for a name is shown within a sentence. */
const SHORT = 9;

/** Whether no directory has named this person: what stands for the name begins as no name can. */
export function isUnnamed(name: string): boolean {
  return name.startsWith('#');
}

/** What this person is called within a sentence. */
export function called(name: string): string {
  return isUnnamed(name) ? strings.unknownPerson(name.slice(0, SHORT)) : name;
}
