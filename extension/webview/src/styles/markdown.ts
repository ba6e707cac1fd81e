import { css } from 'lit';

/** The text of a message, formatted. A message of one plain line is one paragraph without margins. */
export const markdownStyles = css`
  .text > :first-child {
    margin-block-start: 0;
  }

  .text > :last-child {
    margin-block-end: 0;
  }

  .few-emoji {
    font-size: 2em;
    line-height: 1.25;
  }

  .text :is(p, ul, ol, pre, blockquote, table, hr) {
    margin-block: 0.5em;
  }

  .text p {
    /* Spaces as they were typed; each paragraph in the direction of its own script. */
    white-space: pre-wrap;
    tab-size: 4;
    unicode-bidi: plaintext;
  }

  .text :is(h3, h4, h5, h6) {
    margin-block: 0.7em 0.3em;
    font-weight: 600;
    unicode-bidi: plaintext;
  }

  .text h3 {
    font-size: 1.2em;
  }

  .text h4 {
    font-size: 1.1em;
  }

  .text :is(ul, ol) {
    padding-inline-start: 1.6em;
  }

  .text li > :is(p, ul, ol) {
    margin-block: 0.15em;
  }

  .text a {
    color: var(--vscode-textLink-foreground);
    text-decoration: none;
    /* What stands around it does not turn the address. */
    unicode-bidi: isolate;
  }

  .text a:hover {
    color: var(--vscode-textLink-activeForeground);
  }

  /* Within words a colour alone is no mark. */
  .text a,
  .text a:hover {
    text-decoration: underline;
    text-underline-offset: 0.15em;
  }

  .mention {
    padding-inline: 0.2em;
    color: var(--vscode-chat-slashCommandForeground);
    background: var(--vscode-chat-slashCommandBackground);
    border-radius: 3px;
  }

  .text code {
    padding: 0.05em 0.3em;
    font-family: var(--vscode-editor-font-family, monospace);
    font-size: 0.92em;
    color: var(--vscode-textPreformat-foreground);
    background: var(--vscode-textPreformat-background);
    border: 1px solid var(--vscode-textPreformat-border, transparent);
    border-radius: 3px;
    white-space: pre-wrap;
  }

  .text a code {
    color: inherit;
    background: none;
  }

  .text pre {
    max-inline-size: 100%;
    overflow: auto hidden;
    padding: 0.6em 0.8em;
    color: var(--vscode-foreground);
    background: var(--vscode-textCodeBlock-background);
    border: 1px solid var(--chat-contrast);
    border-radius: var(--chat-radius);
    scrollbar-color: var(--vscode-scrollbarSlider-background) transparent;
    scrollbar-width: thin;
    overflow-wrap: normal;
    tab-size: 4;
    direction: ltr;
    text-align: start;
  }

  .text pre code {
    padding: 0;
    color: inherit;
    background: none;
    border: none;
    white-space: pre;
  }

  .text blockquote {
    margin-inline: 0;
    padding-inline: 0.8em;
    border-inline-start: 3px solid var(--vscode-textBlockQuote-border);
  }

  /* Which themes choose for the editor's background. */
  .mine :is(blockquote, .quoted) {
    border-color: var(--chat-quiet);
  }

  .text hr {
    border: 0;
    border-block-start: 1px solid var(--chat-quiet);
    opacity: 0.5;
  }

  .text table {
    display: block;
    inline-size: fit-content;
    max-inline-size: 100%;
    overflow: auto hidden;
    border-collapse: collapse;
    scrollbar-color: var(--vscode-scrollbarSlider-background) transparent;
    scrollbar-width: thin;
  }

  .text :is(th, td) {
    padding: 0.2em 0.6em;
    border: 1px solid color-mix(in srgb, var(--vscode-foreground) 30%, transparent);
    overflow-wrap: normal;
    min-inline-size: 3em;
  }

  .text th {
    font-weight: 600;
  }

  .text th:not([align]) {
    text-align: start;
  }
`;
