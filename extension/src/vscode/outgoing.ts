import { MAX_TEXT_BYTES } from '@p2p-chat/protocol/limits';
import { utf8Length } from '@p2p-chat/protocol/text';
import type { L10n } from './l10n.ts';

/** Why a text is not even tried to be sent, in a sentence; `undefined` when it may be. */
export function refuseText(l10n: L10n, text: string): string | undefined {
  if (text.trim() === '') return l10n.t('There is nothing to send.');
  const sizes = tooLong(text);
  return (
    sizes &&
    l10n.t(
      'This message is too long: {0} KiB, and at most {1} KiB can be sent. Shorten it, or send it in parts.',
      ...sizes,
    )
  );
}

/** Why code that was selected is not put into a message, in a sentence; `undefined` when it may be. */
export function refuseSelection(l10n: L10n, text: string): string | undefined {
  const sizes = tooLong(text);
  return (
    sizes &&
    l10n.t(
      'The selection is too long for a message: {0} KiB, and at most {1} KiB can be sent. Select less of it at a time.',
      ...sizes,
    )
  );
}

/** How long a text is and may be, in KiB, where it is longer than that. */
function tooLong(text: string): [number, number] | undefined {
  const bytes = utf8Length(text);
  if (bytes <= MAX_TEXT_BYTES) return undefined;
  // Rounded up, so that one byte too many does not read as none too many.
  const kib = (size: number): number => Math.ceil((size / 1024) * 10) / 10;
  return [kib(bytes), kib(MAX_TEXT_BYTES)];
}
