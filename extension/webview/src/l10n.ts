import {
  pageTranslations,
  TRANSLATIONS_ELEMENT,
  type PageTranslations,
} from '../../src/page-translations.ts';

/**
 * The text in VS Code's language, with `{0}`, `{1}` and so on replaced. The English text is the key, and has to be a
 * literal: `npm run l10n` collects what is to be translated from the calls.
 */
export type Translate = (text: string, ...args: readonly (string | number)[]) => string;

/** Puts texts into the words of these translations, and those that have none into English. */
export function translator(translations: PageTranslations): Translate {
  return (text, ...args) => {
    const translated = Object.hasOwn(translations, text) ? translations[text] : undefined;
    return (translated ?? text).replace(/\{(\d+)\}/g, (placeholder, index) =>
      String(args[Number(index)] ?? placeholder),
    );
  };
}

/** What the host put into the document; nothing where there is no document, or nothing of use in it. */
export function translationsOf(page: Document | undefined): PageTranslations {
  const json = page?.getElementById(TRANSLATIONS_ELEMENT)?.textContent ?? '{}';
  try {
    return pageTranslations.parse(JSON.parse(json));
  } catch {
    console.error('P2P Chat: the translations of this page cannot be read; it is shown in English');
    return {};
  }
}

/** Puts texts into the words of this page's document. */
export const t: Translate = translator(
  translationsOf(typeof document === 'undefined' ? undefined : document),
);
