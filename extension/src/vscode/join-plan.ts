import type { Invite } from '@p2p-chat/protocol/invite';
import { nameKey } from '@p2p-chat/protocol/names';
import type { Contact, OwnIdentity, Status } from '../peer-api.ts';
import type { Question } from './decisions.ts';
import type { L10n } from './l10n.ts';
import { groupedFingerprint } from './labels.ts';

/** What an invite asks for, seen from where this person is. */
export type JoinPlan =
  /** It is this person's own. */
  | { readonly kind: 'own' }
  /** This person is at that server already, and it has the key that the invite tells of, if it tells of one. */
  | { readonly kind: 'contact' }
  /** `leaving` is the server that this person used before; null for the first one. */
  | { readonly kind: 'join'; readonly leaving: string | null; readonly askName: boolean };

export function planJoin(invite: Invite, status: Status, own: OwnIdentity, name: string): JoinPlan {
  if (invite.identity === own.identity) return { kind: 'own' };
  const server = own.account?.server ?? null;
  // Of another key, or of one where an authority vouches, going online finds out: it says so, or changes nothing.
  const isSameKey = invite.key === undefined || invite.key === own.account?.serverKey;
  if (status.kind === 'online' && status.server === invite.server && isSameKey) return { kind: 'contact' };
  const elsewhere = server !== invite.server;
  return { kind: 'join', leaving: elsewhere ? server : null, askName: elsewhere || name === '' };
}

/** What the person confirms before anything happens: who invites, where to, and by which fingerprints. */
export function joinQuestion(
  l10n: L10n,
  invite: Invite,
  plan: JoinPlan & { readonly kind: 'contact' | 'join' },
  contacts: readonly Contact[],
): Question {
  const { name, server, identity, key } = invite;
  const who = [
    l10n.t('Fingerprint of {0}:\n{1}', name, groupedFingerprint(identity)),
    ...contacts.filter((known) => isNamesake(known, invite)).map((known) => namesake(l10n, known)),
  ].join('\n\n');
  const trust = l10n.t(
    'An invite is as trustworthy as the way that it came by: accept it only from {0}.',
    name,
  );
  if (plan.kind === 'contact') {
    return {
      message: l10n.t('Add {0} to your contacts?', name),
      detail: [l10n.t('You are online at {0} already.', server), who, trust].join('\n\n'),
      choices: [l10n.t('Add Contact')],
    };
  }
  const detail = [
    ...(plan.leaving === null
      ? []
      : [l10n.t('You leave {0}. Your contacts, history and identity stay with you.', plan.leaving)]),
    who,
    ...(key === undefined
      ? []
      : [
          l10n.t(
            "Fingerprint of the server's key, which you trust from then on:\n{0}",
            groupedFingerprint(key),
          ),
        ]),
    trust,
  ];
  return {
    message: l10n.t('{0} invites you to {1}. Join?', name, server),
    detail: detail.join('\n\n'),
    choices: [l10n.t('Join')],
  };
}

/** A name to offer at the new server: the present one, but not the inviter's own. */
export function offeredName(invite: Invite, present: string): string {
  return nameKey(present) === nameKey(invite.name) ? '' : present;
}

/** Whether a contact has the name of whoever invites, and another identity. */
function isNamesake({ id, name }: Contact, invite: Invite): boolean {
  return id !== invite.identity && nameKey(name) === nameKey(invite.name);
}

function namesake(l10n: L10n, { name, id, trust }: Contact): string {
  const fingerprint = groupedFingerprint(id);
  return trust === 'verified'
    ? l10n.t(
        'Warning: this is not the {0} that you have verified, whose fingerprint is:\n{1}\nAsk {0} by phone or in person before you go on.',
        name,
        fingerprint,
      )
    : l10n.t(
        'You know a {0} with another fingerprint already. Ask {0} in another way before you go on.\n{1}',
        name,
        fingerprint,
      );
}
