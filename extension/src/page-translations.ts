import * as z from 'zod/mini';

/**
 * What the page's texts are in VS Code's language, keyed by the English text as `vscode.l10n` does. It lies in the page's
 * document, so that the page has it before it draws anything. What is missing is shown in English.
 */
export const pageTranslations = z.record(z.string(), z.string());
export type PageTranslations = Readonly<z.infer<typeof pageTranslations>>;

/** The id of the element that holds them, as JSON. */
export const TRANSLATIONS_ELEMENT = 'translations';
