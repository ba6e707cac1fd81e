import type { Card } from '../card-api.ts';
import type { Contact, OwnIdentity, PeerResult } from '../peer-api.ts';
import { inviteLink } from './invite-link.ts';

/** What the cards show, out of what the peer knows. */

type IdentityCard = Card & { readonly type: 'identity' };
type VerifyCard = Card & { readonly type: 'verify' };
type InviteCard = Card & { readonly type: 'invite' };

export function identityCard({ identity, account }: OwnIdentity): IdentityCard {
  const { name = null, server = null } = account ?? {};
  return { type: 'identity', name, server, fingerprint: identity, qr: identity };
}

/** While another identity has the contact's name, the number to compare is the one shared with that. */
export function verifyCard({ name, trust }: Contact, numbers: PeerResult<'safetyNumber'>): VerifyCard {
  const { changed } = numbers;
  const { digits } = changed ?? numbers;
  return { type: 'verify', name, trust, of: changed === null ? 'contact' : 'changed', digits, qr: digits };
}

export function deliveryCard(
  { name }: Pick<Contact, 'name'>,
  report: PeerResult<'deliveryReport'>,
  now: number,
): Card & { readonly type: 'delivery' } {
  return { type: 'delivery', name, report, now };
}

export interface InviteChoice {
  /** Of links that this VS Code handles. */
  readonly scheme: string;
  /** The server's, if it was typed here. */
  readonly joinCode: string | undefined;
  readonly includeCode: boolean;
}

/** `undefined` for somebody who has no account anywhere: there is nowhere to invite to. */
export function inviteCard(
  { identity, account }: OwnIdentity,
  { scheme, joinCode, includeCode }: InviteChoice,
): InviteCard | undefined {
  if (account === null) return undefined;
  const { name, server, serverKey } = account;
  const link = inviteLink(scheme, {
    v: '1',
    server,
    ...(serverKey === null ? {} : { key: serverKey }),
    name,
    identity,
    ...(includeCode && joinCode !== undefined ? { code: joinCode } : {}),
  });
  const code = joinCode === undefined ? 'none' : includeCode ? 'included' : 'left-out';
  return { type: 'invite', link, name, server, joinCode: code, qr: link };
}

/** 60 digits in groups of five, which eyes and voices can compare. */
export function groupedDigits(digits: string): string {
  return (digits.match(/\d{1,5}/g) ?? []).join(' ');
}
