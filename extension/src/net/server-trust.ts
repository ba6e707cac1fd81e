import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { DiscoveryError } from './server-address.ts';
import { t } from '../core/words.ts';

/** Whether a discovery server is the one that it was, by what it shows in TLS. Pure: who stores and who asks is elsewhere. */

/** What bears a server out. */
export type KnownServer =
  /** A certificate authority of this machine. The key seen last is no condition, only there to be told of. */
  | { readonly by: 'authority'; readonly seen: Fingerprint }
  /** A person who accepted its key, at first use or after a change; or an invite, which came by a channel of its own. */
  | { readonly by: 'person' | 'invite'; readonly key: Fingerprint };

/** A key that somebody accepts now. */
export interface AcceptedKey {
  readonly key: Fingerprint;
  readonly by: 'person' | 'invite';
}

/** Where it is remembered what bears out which server, by its origin. */
export interface KnownServers {
  find(origin: string): KnownServer | null;
  remember(origin: string, known: KnownServer): void;
}

/**
 * What bears the server out from now on.
 * @throws {DiscoveryError} server-unknown or server-changed, with the key that it shows and a sentence for the person
 */
export function decideTrust(facts: {
  readonly origin: string;
  readonly shown: { readonly key: Fingerprint; readonly authority: boolean };
  readonly known: KnownServer | null;
  readonly accepted: AcceptedKey | null;
}): KnownServer {
  const { origin, shown, known, accepted } = facts;
  const acceptedNow = accepted?.key === shown.key ? { by: accepted.by, key: accepted.key } : null;
  // An invite came by a way of its own: where it tells of another server, somebody is in between there or here.
  if (accepted?.by === 'invite' && acceptedNow === null) throw other(origin, accepted, shown.key);
  const borneOut: KnownServer | null = shown.authority ? { by: 'authority', seen: shown.key } : acceptedNow;
  if (known === null) {
    // A key that was told of is worth more than any authority, which vouches for a name alone.
    if (accepted !== null && acceptedNow === null) throw other(origin, accepted, shown.key);
    if (borneOut === null) throw unknown(origin, shown.key);
    return borneOut;
  }
  if (known.by !== 'authority' && known.key === shown.key) {
    return acceptedNow?.by === 'invite' ? acceptedNow : known;
  }
  // A renewal may bring another key.
  if (known.by === 'authority' && borneOut?.by === 'authority') return borneOut;
  // An invite tells of a server that one does not know; that a known one has changed is for the person to say.
  if (acceptedNow?.by === 'person' && borneOut !== null) return borneOut;
  throw known.by === 'authority'
    ? lostAuthority(origin, known.seen, shown.key)
    : changed(origin, known.key, shown.key);
}

/** A fingerprint as people compare it: in groups of four. */
export function grouped(fingerprint: Fingerprint): string {
  return (fingerprint.match(/.{1,4}/g) ?? []).join(' ');
}

function unknown(origin: string, shown: Fingerprint): DiscoveryError {
  return new DiscoveryError(
    'server-unknown',
    t(
      'No authority vouches for the discovery server at {0}. The fingerprint of its key is {1}. Accept it only if the server printed the same one when it started: ask whoever runs it.',
      origin,
      grouped(shown),
    ),
    { serverKey: shown },
  );
}

function changed(origin: string, before: Fingerprint, shown: Fingerprint): DiscoveryError {
  return new DiscoveryError(
    'server-changed',
    t(
      'The discovery server at {0} shows another key than the one that was accepted; somebody may be in between. Accepted: {1}. Shown now: {2}. {3}',
      origin,
      grouped(before),
      grouped(shown),
      ask(),
    ),
    { serverKey: shown },
  );
}

function other(origin: string, accepted: AcceptedKey, shown: Fingerprint): DiscoveryError {
  const keys = [grouped(accepted.key), grouped(shown), ask()] as const;
  const sentence =
    accepted.by === 'invite'
      ? t(
          'The discovery server at {0} shows another key than the one that the invite tells of; somebody may be in between. In the invite: {1}. Shown now: {2}. {3}',
          origin,
          ...keys,
        )
      : t(
          'The discovery server at {0} shows another key than the one that was accepted; somebody may be in between. Accepted: {1}. Shown now: {2}. {3}',
          origin,
          ...keys,
        );
  return new DiscoveryError('server-changed', sentence, { serverKey: shown });
}

function lostAuthority(origin: string, before: Fingerprint, shown: Fingerprint): DiscoveryError {
  return new DiscoveryError(
    'server-changed',
    t(
      'Until now an authority vouched for the discovery server at {0}; for what it shows now none does, and somebody may be in between. Shown before: {1}. Shown now: {2}. {3}',
      origin,
      grouped(before),
      grouped(shown),
      ask(),
    ),
    { serverKey: shown },
  );
}

const ask = (): string => t('Ask whoever runs the server, and accept the new key only if they changed it.');
