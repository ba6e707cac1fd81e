/** The document of a panel: the page's one script, and nothing else that may run or be loaded. */

export interface PanelDocument {
  readonly script: string;
  /** Random for each document. */
  readonly nonce: string;
  readonly title: string;
  /** How dates and numbers are written: VS Code's language. The page's own words are English. */
  readonly locale: string;
  /** The tag of the element that the script fills. */
  readonly element: 'p2p-chat' | 'p2p-chat-card';
}

export function panelHtml({ script, nonce, title, locale, element }: PanelDocument): string {
  const policy = ["default-src 'none'", `script-src 'nonce-${nonce}'`, `style-src 'nonce-${nonce}'`].join(
    '; ',
  );
  return `<!DOCTYPE html>
<html lang="en" data-locale="${escapeHtml(locale)}">
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
    <script type="module" nonce="${nonce}" src="${escapeHtml(script)}"></script>
  </body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
