import { glanceStyles } from './glance.ts';
import { escapeHtml } from './html-text.ts';
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
  /** HTML that the element shows until then; see glance.ts. */
  readonly glance?: string;
}

/**
 * The page's script is run once the document was painted: VS Code shows no page before all of its scripts have run. What
 * the host posts before that is kept for it; see webview/src/channel.ts.
 */
const BEGIN = `
      {
        const kept = [];
        const keep = ({ data }) => kept.push(data);
        addEventListener('message', keep);
        globalThis.takeKept = () => {
          removeEventListener('message', keep);
          return kept.splice(0);
        };
        const { page } = document.currentScript.dataset;
        const begin = () => void import(page);
        // A window that nobody sees paints nothing.
        addEventListener('load', () => (document.hidden ? begin() : requestAnimationFrame(() => setTimeout(begin))));
      }
    `;

export function panelHtml(panel: PanelDocument): string {
  const { script, nonce, title, locale, translations, element, glance = '' } = panel;
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
    <link rel="modulepreload" nonce="${nonce}" href="${escapeHtml(script)}" />
    <style nonce="${nonce}">
      html, body { height: 100%; margin: 0; padding: 0; }${glance === '' ? '' : glanceStyles}
    </style>
    <script nonce="${nonce}" data-page="${escapeHtml(script)}">${BEGIN}</script>
  </head>
  <body>
    <${element}>${glance}</${element}>
    <script type="application/json" id="${TRANSLATIONS_ELEMENT}">${escapeJson(translations)}</script>
  </body>
</html>
`;
}

/** A "<" could end the element that the JSON lies in. */
function escapeJson(value: PageTranslations): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}
