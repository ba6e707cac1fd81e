/**
 * What the peer says to a person, in the language of VS Code. The windows of one VS Code have one language, and whoever runs
 * the peer gives it its translations before anything is said; without them it is English.
 */
let translations: Readonly<Record<string, string>> = {};

/** From now on: by the English text, as `vscode.l10n.bundle` has them. */
export function useTranslations(those: Readonly<Record<string, string>>): void {
  translations = those;
}

/** A text in the person's language. `{0}` stands for the first of the values, as in `vscode.l10n.t`. */
export function t(text: string, ...values: readonly (string | number)[]): string {
  const translated = translations[text] ?? text;
  return translated.replace(/\{(\d+)\}/g, (place, index: string) => String(values[Number(index)] ?? place));
}
