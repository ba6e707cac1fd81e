import type { L10n } from '../../src/vscode/l10n.ts';

/** What `vscode.l10n` does without a translation. */
export const english: L10n = {
  t: (message, ...args) =>
    message.replace(/\{(\d+)\}/g, (placeholder, index) => String(args[Number(index)] ?? placeholder)),
};
