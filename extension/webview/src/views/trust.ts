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
export function shownTrust({ name, trust }: Pick<Contact, 'name' | 'trust'>): ShownTrust {
  const person = called(name);
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
