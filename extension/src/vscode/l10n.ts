/** The part of `vscode.l10n` that words need: modules without `vscode` take it as an argument. */
export interface L10n {
  t(message: string, ...args: (string | number | boolean)[]): string;
}
