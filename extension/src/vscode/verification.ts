import type { Contact, PeerClient } from '../peer-api.ts';
import type { Question } from './decisions.ts';
import type { L10n } from './l10n.ts';

/** What came of comparing two numbers. */
export type Outcome = 'same' | 'different' | 'undo';

export interface VerificationParts {
  readonly client: Pick<PeerClient, 'request'>;
  readonly l10n: L10n;
  /** Asks in a dialog; `undefined` when the person chose nothing of it. */
  readonly ask: (question: Question) => Promise<string | undefined>;
  /** Says a sentence that needs no answer. */
  readonly tell: (sentence: string) => void;
  readonly block: (contact: Contact) => Promise<void>;
}

/**
 * Does what follows from a comparison. What was compared is the number that the person saw, which may be that of an
 * identity that counts no longer: then nothing is done but to say so.
 * @param current the contact as it is known at this moment, whoever that is by then
 * @param digits what the person looked at
 * @throws {PeerError} when the peer could not do it
 */
export async function compared(
  parts: VerificationParts,
  current: () => Contact,
  outcome: Outcome,
  digits: string,
): Promise<void> {
  switch (outcome) {
    case 'same':
      await same(parts, current, digits);
      return;
    case 'undo':
      await parts.client.request('setVerified', { contact: current().id, digits: null });
      return;
    case 'different':
      await different(parts, current, digits);
  }
}

async function same(parts: VerificationParts, current: () => Contact, digits: string): Promise<void> {
  const { client } = parts;
  const { id } = current();
  try {
    const { changed } = await client.request('safetyNumber', { contact: id });
    // Comparing is a stronger answer than any dialog could ask for.
    const { id: contact } =
      changed?.digits === digits
        ? await client.request('acceptIdentity', { contact: id, identity: changed.identity })
        : { id };
    await client.request('setVerified', { contact, digits });
  } catch (error) {
    if ((await whose(client, current(), digits)) !== 'nobody') throw error;
    tellChange(parts, current());
  }
}

async function different(parts: VerificationParts, current: () => Contact, digits: string): Promise<void> {
  const { client } = parts;
  switch (await whose(client, current(), digits)) {
    case 'changed':
      await differentFromChanged(parts, current());
      return;
    case 'contact':
      await client.request('setVerified', { contact: current().id, digits: null });
      await differentFromContact(parts, current());
      return;
    case 'nobody':
      tellChange(parts, current());
  }
}

async function differentFromContact(parts: VerificationParts, contact: Contact): Promise<void> {
  const { l10n, ask } = parts;
  const block = l10n.t('Block');
  const chosen = await ask({
    message: l10n.t('The numbers are different: this may not be {0}.', contact.name),
    detail: l10n.t(
      'Somebody may stand between you and {0}, or one of you looks at the number of somebody else. Compare once more. If they still differ, write nothing here that others must not read, and block this contact.',
      contact.name,
    ),
    choices: [block],
  });
  if (chosen === block) await parts.block(contact);
}

async function differentFromChanged(
  parts: VerificationParts,
  { id, name, changedTo }: Contact,
): Promise<void> {
  const { client, l10n, ask } = parts;
  const keep = l10n.t('Keep the Old One');
  const chosen = await ask({
    message: l10n.t('The numbers are different: whoever uses the name {0} now may not be {0}.', name),
    detail: l10n.t(
      'Make sure that both of you look at the conversation with each other, and compare once more. If they still differ, keep the old identity: nothing goes to the other one. And tell whoever runs your discovery server that it gives the name {0} to somebody else.',
      name,
    ),
    choices: [keep],
  });
  if (chosen === keep && changedTo !== null) {
    await client.request('rejectIdentity', { contact: id, identity: changedTo });
  }
}

/** With which identity this number is shared, as things stand now. */
async function whose(
  client: VerificationParts['client'],
  { id }: Contact,
  digits: string,
): Promise<'contact' | 'changed' | 'nobody'> {
  const numbers = await client.request('safetyNumber', { contact: id });
  if (numbers.changed?.digits === digits) return 'changed';
  return numbers.digits === digits ? 'contact' : 'nobody';
}

function tellChange({ l10n, tell }: VerificationParts, { name }: Contact): void {
  tell(
    l10n.t(
      'The identity of {0} has changed while you compared, so those numbers count no longer. Compare the new ones that are shown now.',
      name,
    ),
  );
}
