import * as z from 'zod/mini';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { userName } from '@p2p-chat/protocol/names';

/** A name in the accounts file: older versions also took names without a letter or a digit. */
export const storedName = z.string().check(z.regex(/^[A-Za-z0-9._-]{1,32}$/));

/** What an account is called: by its fingerprint, until its owner renames it, if its name is none any more. */
export function usableName(identity: Fingerprint, stored: string): string {
  return userName.safeParse(stored).success ? stored : `user-${identity.slice(0, 16)}`;
}
