import type { Contact, Person, Problem, Status } from '../peer-api.ts';
import type { L10n } from './l10n.ts';

/** The words for people and states in tree, status bar and tabs. Pure: time and language are arguments. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Whoever is pinned first, then unread of whoever is not muted, then whoever was heard of last, then by name. */
export function compareContacts(one: Contact, other: Contact): number {
  return (
    Number(other.pinned) - Number(one.pinned) ||
    Number(isCalling(other)) - Number(isCalling(one)) ||
    (other.lastMessageAt ?? -1) - (one.lastMessageAt ?? -1) ||
    one.name.localeCompare(other.name)
  );
}

/** Whether a contact wrote what this person wants to notice. */
export function isCalling({ unread, muted }: Contact): boolean {
  return unread > 0 && !muted;
}

/** "5 min ago" and the like. A time in the future, from a clock that is ahead, is just now. */
export function ago(l10n: L10n, at: number, now: number): string {
  const passed = now - at;
  if (passed < MINUTE) return l10n.t('just now');
  if (passed < HOUR) return l10n.t('{0} min ago', Math.floor(passed / MINUTE));
  if (passed < DAY) return l10n.t('{0} h ago', Math.floor(passed / HOUR));
  const days = Math.floor(passed / DAY);
  if (days === 1) return l10n.t('yesterday');
  if (days < 30) return l10n.t('{0} days ago', days);
  return l10n.t('more than a month ago');
}

/** When somebody who is not online was last seen; empty when nobody knows. */
export function lastSeen(l10n: L10n, person: Person, now: number): string {
  if (person.presence === 'online') return '';
  if (person.lastSeen === null) return person.presence === 'offline' ? l10n.t('never seen') : '';
  return l10n.t('last seen {0}', ago(l10n, person.lastSeen, now));
}

/** Somebody's words, where VS Code would show an icon for `$(name)` in them, or nothing if none is called so. */
export function withoutIcons(text: string): string {
  return text.replaceAll('$(', '$\u2060(');
}

/**
 * Somebody's words within others: written from right to left they turn nothing else around, and in quotation marks they
 * are not taken for ours.
 */
export function quoted(text: string): string {
  return `“\u2068${withoutIcons(text)}\u2069”`;
}

/** The dimmed text behind a contact's name. */
export function contactDescription(l10n: L10n, contact: Contact, now: number): string {
  const parts = [];
  if (contact.changedTo !== null) parts.push(l10n.t('identity changed'));
  if (contact.unread > 0) parts.push(l10n.t('{0} new', contact.unread));
  if (contact.pinned) parts.push(l10n.t('pinned'));
  if (contact.muted) parts.push(l10n.t('muted'));
  if (contact.trust === 'verified' && contact.changedTo === null) parts.push('✓');
  if (contact.linked) parts.push(l10n.t('connected'));
  else if (contact.presence === 'offline') parts.push(lastSeen(l10n, contact, now));
  if (contact.statusText !== '') parts.push(quoted(contact.statusText));
  return parts.join(' · ');
}

/** The dimmed text behind a directory entry's name. */
export function personDescription(l10n: L10n, person: Person, now: number): string {
  return person.presence === 'offline' ? lastSeen(l10n, person, now) : '';
}

/** Presence in one or two words. */
export function presenceLabel(l10n: L10n, person: Person): string {
  switch (person.presence) {
    case 'online':
      return l10n.t('online');
    case 'offline':
      return l10n.t('offline');
    case 'unknown':
      return l10n.t('presence unknown');
  }
}

/** "1 unread message", "3 unread messages". */
export function unreadLabel(l10n: L10n, unread: number): string {
  return unread === 1 ? l10n.t('1 unread message') : l10n.t('{0} unread messages', unread);
}

/** "1 message request", "3 message requests". */
export function requestsLabel(l10n: L10n, requests: number): string {
  return requests === 1 ? l10n.t('1 message request') : l10n.t('{0} message requests', requests);
}

/** What bears out that an identity is whom the name says, in one or two words. */
export function trustLabel(l10n: L10n, trust: Contact['trust']): string {
  switch (trust) {
    case 'verified':
      return l10n.t('verified');
    case 'invited':
      return l10n.t('known by invite');
    case 'unverified':
      return l10n.t('not verified');
  }
}

/** The same in a sentence. */
export function trustSentence(l10n: L10n, trust: Contact['trust']): string {
  switch (trust) {
    case 'verified':
      return l10n.t('Verified: you compared your safety numbers.');
    case 'invited':
      return l10n.t('Known by invite: the invite named this fingerprint.');
    case 'unverified':
      return l10n.t('Not verified: the discovery server named this fingerprint, and it is kept since.');
  }
}

/** What a screen reader says for a person: "Carol, online, 2 unread messages, verified". */
export function personAccessibleLabel(
  l10n: L10n,
  person: Person &
    Partial<Pick<Contact, 'unread' | 'trust' | 'changedTo' | 'standing' | 'muted' | 'pinned' | 'statusText'>>,
  now: number,
): string {
  const parts = [person.name, presenceLabel(l10n, person)];
  if (person.standing === 'request') parts.push(l10n.t('message request'));
  if (typeof person.changedTo === 'string') parts.push(l10n.t('identity changed'));
  if (person.unread !== undefined && person.unread > 0) parts.push(unreadLabel(l10n, person.unread));
  if (person.pinned === true) parts.push(l10n.t('pinned'));
  if (person.muted === true) parts.push(l10n.t('muted'));
  const seen = lastSeen(l10n, person, now);
  if (seen !== '') parts.push(seen);
  if (person.trust !== undefined) parts.push(trustLabel(l10n, person.trust));
  if (person.statusText !== undefined && person.statusText !== '') {
    parts.push(l10n.t('status: {0}', person.statusText));
  }
  return parts.join(', ');
}

/** A fingerprint in groups of four, which eyes can compare. */
export function groupedFingerprint(fingerprint: string): string {
  return (fingerprint.match(/.{1,4}/g) ?? []).join(' ');
}

/** A sentence in which each fingerprint has lines of its own, so that two of them can be compared. */
export function fingerprintsApart(text: string): string {
  return text.replace(/ ((?:[0-9a-f]{4} ){15}[0-9a-f]{4})\. /g, '\n$1\n\n');
}

/** What the status bar shows, says to a screen reader, and does on a click. */
export interface StatusBarFace {
  readonly text: string;
  readonly label: string;
  readonly tooltip: string;
  readonly warning: boolean;
  readonly action: 'go-online' | 'menu' | 'unread' | 'change-account' | 'log';
}

export function statusBarFace(l10n: L10n, status: Status, unread: number, requests: number): StatusBarFace {
  const product = 'P2P Chat';
  const count =
    (unread === 0 ? '' : ` $(mail) ${unread}`) + (requests === 0 ? '' : ` $(person-add) ${requests}`);
  const countLabel =
    (unread === 0 ? '' : `, ${unreadLabel(l10n, unread)}`) +
    (requests === 0 ? '' : `, ${requestsLabel(l10n, requests)}`);
  switch (status.kind) {
    case 'offline':
      return {
        text: `$(circle-slash) ${product}${count}`,
        label: l10n.t('{0}: offline{1}', product, countLabel),
        tooltip: l10n.t('P2P Chat is offline. Click to go online.'),
        warning: false,
        action: 'go-online',
      };
    case 'connecting':
      return {
        text: `$(sync~spin) ${product}${count}`,
        label: l10n.t('{0}: going online as {1}{2}', product, status.name, countLabel),
        tooltip: l10n.t('Going online as {0} at {1}', status.name, status.server),
        warning: false,
        action: 'menu',
      };
    case 'online':
      return {
        text: `$(comment-discussion) ${status.name}${count}`,
        label: l10n.t('{0}: online as {1}{2}', product, status.name, countLabel),
        tooltip:
          unread === 0
            ? l10n.t('Online as {0} at {1}', status.name, status.server)
            : l10n.t('Online as {0} at {1}. Click to open what is unread.', status.name, status.server),
        warning: false,
        action: unread === 0 ? 'menu' : 'unread',
      };
    case 'problem':
      return {
        text: `$(warning) ${product}${count}`,
        label: l10n.t('{0}: {1}{2}', product, status.problem.message, countLabel),
        tooltip:
          status.retrying && status.problem.code !== 'owner-silent'
            ? l10n.t('{0} It is tried again by itself.', status.problem.message)
            : status.problem.message,
        warning: true,
        action: problemAction(status.problem, status.retrying),
      };
  }
}

/** A line below others in the status bar's tooltip. */
export function serverLine(l10n: L10n, url: string): string {
  return l10n.t('Your discovery server runs in this window, at {0}', url);
}

/** What a click on a problem does: what removes it, where that is known, else a menu with all there is. */
export function problemAction(problem: Problem, retrying: boolean): StatusBarFace['action'] {
  switch (problem.code) {
    case 'bad-address':
    case 'not-a-discovery-server':
    case 'name-taken':
    case 'name-invalid':
    case 'identity-has-other-name':
    case 'identity-lost':
    case 'port-taken':
    case 'listen-failed':
    case 'join-code':
    case 'server-unknown':
    case 'server-changed':
      return 'change-account';
    case 'server-unreachable':
      return retrying ? 'menu' : 'go-online';
    case 'server-refused':
    case 'not-online':
    case 'signed-in-elsewhere':
    case 'no-account':
      return 'go-online';
    case 'owner-silent':
      return 'menu';
    case 'storage-failed':
    case 'text-too-long':
    case 'unknown-contact':
    case 'contact-blocked':
    case 'internal':
      return 'log';
  }
}

/** What a contact is besides, for the menus that are about them. */
export type Mark = 'muted' | 'pinned';

export function marksOf({ muted, pinned }: Contact): readonly Mark[] {
  return [...(muted ? (['muted'] as const) : []), ...(pinned ? (['pinned'] as const) : [])];
}
