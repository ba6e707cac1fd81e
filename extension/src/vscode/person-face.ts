import type { Contact, Person } from '../peer-api.ts';
import {
  contactDescription,
  groupedFingerprint,
  isCalling,
  lastSeen,
  type Mark,
  marksOf,
  personAccessibleLabel,
  personDescription,
  presenceLabel,
  trustLabel,
  trustSentence,
  unreadLabel,
} from './labels.ts';
import type { L10n } from './l10n.ts';
import { markOf, namesakesAmong } from './namesakes.ts';

/** Everything that a tree shows of a person, as plain values: two equal faces need no refresh. */
export interface PersonFace {
  readonly id: string;
  readonly name: string;
  readonly presence: Person['presence'];
  readonly description: string;
  readonly label: string;
  /** Lines of the tooltip below the name. */
  readonly tooltip: readonly string[];
  readonly fingerprint: string;
  readonly kind: 'contact' | 'request' | 'person';
  /** What a contact is besides, for the menus that the tree opens. */
  readonly marks: readonly Mark[];
  /** Whether they wrote what is not read and may be noticed. */
  readonly calls: boolean;
  /** Something about this person wants to be looked at. */
  readonly warning: boolean;
}

/** How somebody is connected with this person. */
function linkLine(l10n: L10n, { path }: Contact): string {
  return path === 'relayed'
    ? l10n.t('online, connected through the discovery server')
    : l10n.t('online, connected');
}

/** @param namesakes see ChatState */
export function contactFace(
  l10n: L10n,
  contact: Contact,
  now: number,
  namesakes: ReadonlySet<string>,
): PersonFace {
  // A link is better knowledge than the discovery server's.
  const known: Contact = contact.linked ? { ...contact, presence: 'online' } : contact;
  const tooltip = [
    contact.linked ? linkLine(l10n, contact) : presenceLine(l10n, contact, now),
    trustSentence(l10n, contact.trust),
  ];
  if (contact.statusText !== '') tooltip.unshift(l10n.t('Status: {0}', contact.statusText));
  if (contact.changedTo !== null) {
    tooltip.unshift(
      l10n.t('The server gives this name to another identity now. Nothing is sent until you have decided.'),
    );
  }
  if (contact.unread > 0) tooltip.unshift(unreadLabel(l10n, contact.unread));
  return distinct(l10n, namesakes, {
    id: contact.id,
    name: contact.name,
    presence: known.presence,
    description: contactDescription(l10n, known, now),
    label: personAccessibleLabel(l10n, known, now),
    tooltip,
    fingerprint: groupedFingerprint(contact.id),
    kind: contact.standing === 'request' ? 'request' : 'contact',
    marks: contact.standing === 'request' ? [] : marksOf(contact),
    calls: isCalling(contact),
    warning: contact.changedTo !== null,
  });
}

/** The same of somebody to whom something was begun and not sent. */
export function withDraft(l10n: L10n, face: PersonFace): PersonFace {
  const draft = l10n.t('draft');
  return {
    ...face,
    description: face.description === '' ? draft : `${draft} · ${face.description}`,
    label: l10n.t('{0}, draft', face.label),
  };
}

/** @param namesakes see ChatState */
export function directoryFace(
  l10n: L10n,
  person: Person,
  now: number,
  namesakes: ReadonlySet<string>,
): PersonFace {
  return distinct(l10n, namesakes, {
    id: person.id,
    name: person.name,
    presence: person.presence,
    description: personDescription(l10n, person, now),
    label: personAccessibleLabel(l10n, person, now),
    tooltip: [
      presenceLine(l10n, person, now),
      l10n.t('Not verified: only the discovery server names this fingerprint.'),
    ],
    fingerprint: groupedFingerprint(person.id),
    kind: 'person',
    marks: [],
    calls: false,
    warning: false,
  });
}

/** What stands behind the names of these in a list to choose one from, by their ids. */
export function choices(l10n: L10n, contacts: readonly Contact[]): ReadonlyMap<string, string> {
  const namesakes = namesakesAmong(contacts);
  return new Map(
    contacts.map(({ id, trust }) => {
      const mark = markOf(id, namesakes);
      return [id, mark === null ? trustLabel(l10n, trust) : `${mark} · ${trustLabel(l10n, trust)}`];
    }),
  );
}

/** Whoever has a namesake shows the beginning of their fingerprint wherever their name stands. */
function distinct(l10n: L10n, namesakes: ReadonlySet<string>, face: PersonFace): PersonFace {
  const mark = markOf(face.id, namesakes);
  if (mark === null) return face;
  const line =
    face.kind === 'request'
      ? l10n.t('You know another {0}. Compare the fingerprint before you accept.', face.name)
      : l10n.t('There is another {0}: compare the fingerprint.', face.name);
  return {
    ...face,
    description: face.description === '' ? mark : `${mark} · ${face.description}`,
    label: l10n.t('{0}, not the only one of this name, fingerprint begins with {1}', face.label, mark),
    tooltip: [line, ...face.tooltip],
  };
}

function presenceLine(l10n: L10n, person: Person, now: number): string {
  const seen = lastSeen(l10n, person, now);
  return seen === '' ? presenceLabel(l10n, person) : `${presenceLabel(l10n, person)}, ${seen}`;
}
