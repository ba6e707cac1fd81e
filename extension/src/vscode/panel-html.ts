import { TRANSLATIONS_ELEMENT, type PageTranslations } from '../page-translations.ts';

/** The document of a panel: the page's one script, and nothing else that may run or be loaded. */

export interface PanelDocument {
  readonly script: string;
  /** Random for each document. */
  readonly nonce: string;
  readonly title: string;
  /** VS Code's language: how dates and numbers are written, and the language of the translations. */
  readonly locale: string;
  /** The page's words in that language; without any it speaks English. */
  readonly translations: PageTranslations;
  /** The tag of the element that the script fills. */
  readonly element: 'p2p-chat' | 'p2p-chat-card';
}

export function panelHtml({ script, nonce, title, locale, translations, element }: PanelDocument): string {
  const policy = ["default-src 'none'", `script-src 'nonce-${nonce}'`, `style-src 'nonce-${nonce}'`].join(
    '; ',
  );
  const language = Object.keys(translations).length === 0 ? 'en' : locale;
  return `<!DOCTYPE html>
<html lang="${escapeHtml(language)}" data-locale="${escapeHtml(locale)}">
  <head>
    <meta charset="UTF-8" />
    <meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}" />
    <meta name="viewport" content="width=device-width, initial-scale=1.0" />
    <title>${escapeHtml(title)}</title>
    <style nonce="${nonce}">
      html, body { height: 100%; margin: 0; padding: 0; }
    </style>
  </head>
  <body>
    <${element}></${element}>
    <script type="application/json" id="${TRANSLATIONS_ELEMENT}">${escapeJson(translations)}</script>
    <script type="module" nonce="${nonce}" src="${escapeHtml(script)}"></script>
  </body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A "<" could end the element that the JSON lies in. */
function escapeJson(value: PageTranslations): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}
