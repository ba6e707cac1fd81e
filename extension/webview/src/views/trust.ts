import type { TemplateResult } from 'lit';
import type { Contact } from '../model/api-types.ts';
import { called, isUnnamed } from '../model/person-name.ts';
import { strings } from '../strings.ts';
import { icons } from './icons.ts';

export interface ShownTrust {
  readonly icon: TemplateResult;
  readonly word: string;
  readonly title: string;
}

/** What bears out that a contact is whom the name says, as icon, words and a sentence. */
export function shownTrust({
  name,
  trust,
  changedTo,
}: Pick<Contact, 'name' | 'trust' | 'changedTo'>): ShownTrust {
  const person = called(name);
  if (changedTo !== null) {
    return { icon: icons.warning, word: strings.changed, title: strings.identityChanged(person) };
  }
  switch (trust) {
    case 'unverified': {
      const title = isUnnamed(name) ? strings.unnamedTitle : strings.notVerifiedTitle(person);
      return { icon: icons.shield, word: strings.notVerified, title };
    }
    case 'invited':
      return { icon: icons.invited, word: strings.invited, title: strings.invitedTitle(person) };
    case 'verified':
      return { icon: icons.verified, word: strings.verified, title: strings.verifiedTitle(person) };
  }
}
