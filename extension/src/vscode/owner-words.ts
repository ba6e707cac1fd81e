import type { Owner, OwnerWords } from '../windows/silence.ts';
import type { L10n } from './l10n.ts';

/** How a person is told which window runs the peer, and what to do about it. `self` is this extension host's process. */
export function ownerWords(l10n: L10n, self: number): OwnerWords {
  return {
    silent: (owner) => {
      if (owner?.process === self) {
        return l10n.t('This window runs P2P Chat, which does not answer. Reload the window.');
      }
      return l10n.t('{0} runs P2P Chat and does not answer. Reload or close it.', windowOf(l10n, owner));
    },
    starting: (owner) =>
      l10n.t(
        '{0} is starting P2P Chat and has not finished. Answer what it asks there, or reload or close it.',
        windowOf(l10n, owner),
      ),
  };
}

function windowOf(l10n: L10n, owner: Owner): string {
  if (owner === null) return l10n.t('Another window of this VS Code');
  const { window, process } = owner;
  if (window === '') return l10n.t('A window without a folder (process {0})', process);
  return l10n.t('The window “{0}” (process {1})', window, process);
}
