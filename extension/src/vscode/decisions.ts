import type { PageMessage } from '../page-api.ts';
import type { Contact, PeerClient } from '../peer-api.ts';
import type { L10n } from './l10n.ts';
import { groupedFingerprint } from './labels.ts';

/** What a person decides about somebody, in a chat or in a list. */
export type Decision = (PageMessage & { readonly type: 'decide' })['decision'];

/** A dialog that has to be answered: what it says, and what may be chosen besides leaving all as it is. */
export interface Question {
  readonly message: string;
  readonly detail: string;
  readonly choices: readonly string[];
}

export interface DecisionParts {
  readonly client: Pick<PeerClient, 'request'>;
  readonly l10n: L10n;
  /** Asks in a dialog, whose first choice is what Enter chooses; `undefined` when the person chose nothing of it. */
  readonly ask: (question: Question) => Promise<string | undefined>;
  /** Shows the safety number. */
  readonly verify: (contact: Contact) => Promise<void>;
}

/**
 * Does what a person decided about a contact; asks again where it is grave.
 * @param answered called once a dialog has closed, unless something else is shown in its place
 * @throws {PeerError} when the peer could not do it
 */
export async function decide(
  parts: DecisionParts,
  contact: Contact,
  decision: Decision,
  answered: () => void = () => undefined,
): Promise<void> {
  const { client } = parts;
  const { id } = contact;
  switch (decision) {
    case 'accept-request':
      await client.request('setStanding', { contact: id, standing: 'accepted' });
      return;
    case 'unblock':
      await client.request('setStanding', { contact: id, standing: 'unblocked' });
      return;
    case 'ignore-request':
      await client.request('setStanding', { contact: id, standing: 'ignored' });
      return;
    case 'block':
      if (await confirmBlock(parts, contact, answered)) {
        await client.request('setStanding', { contact: id, standing: 'blocked' });
      }
      return;
    case 'verify':
      await parts.verify(contact);
      return;
    case 'accept-identity':
      await acceptIdentity(parts, contact, answered);
      return;
    case 'reject-identity': {
      const { changedTo } = contact;
      if (changedTo !== null) await client.request('rejectIdentity', { contact: id, identity: changedTo });
    }
  }
}

async function confirmBlock(
  { l10n, ask }: DecisionParts,
  { name }: Contact,
  answered: () => void,
): Promise<boolean> {
  const block = l10n.t('Block');
  const chosen = await ask({
    message: l10n.t('Block {0}?', name),
    detail: l10n.t(
      'Nothing that {0} writes reaches you any more, and to {0} you seem to be away. What you wrote to each other stays. "P2P Chat: Blocked People…" undoes it.',
      name,
    ),
    choices: [block],
  });
  answered();
  return chosen === block;
}

async function acceptIdentity(parts: DecisionParts, contact: Contact, answered: () => void): Promise<void> {
  const { client, l10n, ask, verify } = parts;
  const { id, name, changedTo, trust } = contact;
  if (changedTo === null) return;
  const compare = l10n.t('Compare First');
  const accept = l10n.t('Accept the New Identity');
  const fingerprints = l10n.t(
    'Known until now:\n{0}\n\nNew:\n{1}',
    groupedFingerprint(id),
    groupedFingerprint(changedTo),
  );
  const chosen = await ask({
    message:
      trust === 'verified'
        ? l10n.t('You verified {0}, and this is not the identity that you verified.', name)
        : l10n.t('Accept another identity for {0}?', name),
    detail: [
      trust === 'verified'
        ? l10n.t(
            'Somebody else may be pretending to be {0}. Do not accept before you have asked {0} in person or by phone, and compared the new fingerprint.',
            name,
          )
        : l10n.t(
            '{0} may have lost the old key, or somebody else may be pretending to be {0}. Ask {0} by another way, and compare the new fingerprint.',
            name,
          ),
      fingerprints,
      l10n.t('What you wrote and what is held goes to the new identity from then on.'),
    ].join('\n\n'),
    choices: [compare, accept],
  });
  if (chosen === compare) await verify(contact);
  else answered();
  if (chosen === accept) await client.request('acceptIdentity', { contact: id, identity: changedTo });
}
