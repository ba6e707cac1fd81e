import type { Checked } from './answers.ts';
import type { L10n } from './l10n.ts';

/** Characters of a passphrase that somebody with the file can try without end: four words by chance have more. */
export const MIN_PASSPHRASE_LENGTH = 12;

export function checkNewPassphrase(l10n: L10n, input: string): Checked<string> {
  const { length } = Array.from(input);
  if (length >= MIN_PASSPHRASE_LENGTH) return { ok: true, value: input };
  return {
    ok: false,
    why: l10n.t(
      'At least {0} characters, since whoever finds the file can try shorter ones out; these are {1}.',
      MIN_PASSPHRASE_LENGTH,
      length,
    ),
  };
}

/** What was typed the second time. */
export function checkRepeated(l10n: L10n, first: string, second: string): Checked<string> {
  return first === second
    ? { ok: true, value: second }
    : { ok: false, why: l10n.t('This is not what you typed before.') };
}
