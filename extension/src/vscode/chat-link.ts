import { type Fingerprint, fingerprint } from '@p2p-chat/protocol/fingerprint';
import { nameOrder, userName } from '@p2p-chat/protocol/names';
import type { Contact, Person } from '../peer-api.ts';
import type { Checked } from './answers.ts';
import type { Question } from './decisions.ts';
import { linkTo } from './invite-link.ts';
import type { L10n } from './l10n.ts';
import { groupedFingerprint, trustSentence } from './labels.ts';

/** Links that open a chat: what they say, whom they mean, and what is asked before anything happens. Pure. */

export const CHAT_PATH = '/chat';

/** Whom a link means: an identity, or whoever has a name here. */
export type ChatTarget =
  | { readonly kind: 'identity'; readonly identity: Fingerprint }
  | { readonly kind: 'name'; readonly name: string };

/** @param scheme of links that this VS Code handles, as `vscode` */
export function chatLink(scheme: string, identity: Fingerprint): string {
  return `${linkTo(scheme, CHAT_PATH)}?with=${identity}`;
}

/** Whom the query of a link names, decoded once. */
export function readChatQuery(l10n: L10n, query: string): Checked<ChatTarget> {
  const parameters = new URLSearchParams(query);
  const [wanted, ...more] = parameters.getAll('with');
  if (wanted === undefined || wanted.trim() === '') {
    return {
      ok: false,
      why: l10n.t(
        'This link is to a chat, but it does not say with whom: "with=" and a name or a fingerprint is missing.',
      ),
    };
  }
  if (more.length > 0) {
    return {
      ok: false,
      why: l10n.t('This link is to a chat with several people at once: only one can be meant.'),
    };
  }
  // Copied by hand, a fingerprint has spaces in it, or capitals.
  const identity = fingerprint.safeParse(wanted.replaceAll(/\s/g, '').toLowerCase());
  if (identity.success) return { ok: true, value: { kind: 'identity', identity: identity.data } };
  const name = userName.safeParse(wanted.trim());
  if (name.success) return { ok: true, value: { kind: 'name', name: name.data } };
  return {
    ok: false,
    why: l10n.t(
      'This link is to a chat, but what it says is neither a name nor a whole fingerprint. Ask for a new link.',
    ),
  };
}

/** Whom this window knows of. */
export interface Known {
  /** This person's own identity. */
  readonly own: Fingerprint;
  /** Their own name; null where they are nobody yet. */
  readonly ownName: string | null;
  readonly contacts: readonly Contact[];
  /** People of the directory, as far as it is loaded. */
  readonly directory: readonly Person[];
}

/** Whom a link leads to. */
export type Found =
  | { readonly kind: 'contact'; readonly contact: Contact }
  /** Somebody on the server who is no contact yet. */
  | { readonly kind: 'listed'; readonly person: Person }
  | { readonly kind: 'self' | 'nobody' | 'several' }
  /** Somebody whom this person does not want to hear of: no link changes that. */
  | { readonly kind: 'unwanted'; readonly contact: Contact };

/** Whether this person has decided not to hear of somebody who stands so. */
export function isUnwanted(standing: Contact['standing'] | undefined): boolean {
  return standing === 'ignored' || standing === 'blocked';
}

export function findTarget(target: ChatTarget, { own, ownName, contacts, directory }: Known): Found {
  const isMeant = ({ id, name }: Pick<Person, 'id' | 'name'>): boolean =>
    target.kind === 'identity' ? id === target.identity : nameOrder(name) === nameOrder(target.name);
  // A name is this person's own on their server, whoever else has it elsewhere.
  if (isMeant({ id: own, name: ownName ?? '' })) return { kind: 'self' };
  const meant = contacts.filter(isMeant);
  const known = new Set(meant.map(({ id }) => id));
  const listed = directory.filter((person) => isMeant(person) && !known.has(person.id));
  if (meant.length + listed.length > 1) return { kind: 'several' };
  const [contact] = meant;
  if (contact !== undefined) {
    return isUnwanted(contact.standing) ? { kind: 'unwanted', contact } : { kind: 'contact', contact };
  }
  const [person] = listed;
  return person === undefined ? { kind: 'nobody' } : { kind: 'listed', person };
}

/** What a person is told where a link leads to nobody. */
export function notFound(
  l10n: L10n,
  target: ChatTarget,
  found: Exclude<Found, { readonly kind: 'contact' | 'listed' }>,
): string {
  const who = target.kind === 'name' ? target.name : groupedFingerprint(target.identity);
  switch (found.kind) {
    case 'self':
      return l10n.t('This link is to a chat with you: it is for others.');
    case 'several':
      return l10n.t(
        'There are several people called {0}. Ask for a link with the fingerprint of the one who is meant, or choose one with "Open Chat…".',
        who,
      );
    case 'unwanted':
      return found.contact.standing === 'blocked'
        ? l10n.t('This link is to a chat with {0}, whom you have blocked.', found.contact.name)
        : l10n.t(
            'This link is to a chat with {0}, whose message request you have ignored.',
            found.contact.name,
          );
    case 'nobody':
      return l10n.t(
        'This link is to a chat with {0}, who is neither among your contacts nor on your discovery server, as far as its directory is loaded. Ask whoever sent it for an invite.',
        who,
      );
  }
}

/** What the person confirms before the chat opens: who it is, by the fingerprint, and what that rests on. */
export function chatQuestion(l10n: L10n, found: Found & { readonly kind: 'contact' | 'listed' }): Question {
  const person = found.kind === 'contact' ? found.contact : found.person;
  const rests =
    found.kind === 'contact'
      ? trustSentence(l10n, found.contact.trust)
      : l10n.t(
          '{0} is no contact of yours yet, and becomes one: the discovery server says who it is.',
          person.name,
        );
  return {
    message: l10n.t('Open a chat with {0}?', person.name),
    detail: [
      l10n.t('A link asks for it. Nothing is sent.'),
      l10n.t('Fingerprint of {0}:\n{1}', person.name, groupedFingerprint(person.id)),
      rests,
    ].join('\n\n'),
    choices: [l10n.t('Open Chat')],
  };
}
