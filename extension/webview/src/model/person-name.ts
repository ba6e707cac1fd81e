import { strings } from '../strings.ts';

/** How much of what stands for a name is shown within a sentence. */
const SHORT = 9;

/** Whether no directory has named this person: what stands for the name begins as no name can. */
export function isUnnamed(name: string): boolean {
  return name.startsWith('#');
}

/** What this person is called where somebody of the same name could be meant; `mark` as in the page's state. */
export function calledDistinctly(name: string, mark: string | null): string {
  return mark === null ? called(name) : `${called(name)} (${mark})`;
}

/** What this person is called within a sentence. */
export function called(name: string): string {
  return isUnnamed(name) ? strings.unknownPerson(name.slice(0, SHORT)) : name;
}
