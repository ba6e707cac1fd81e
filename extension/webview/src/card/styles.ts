import { css } from 'lit';

/** Colours are VS Code's theme variables and nothing else, but for the QR code. */
export const cardStyles = css`
  :host {
    position: fixed;
    inset: 0;
    overflow: hidden auto;
    color: var(--vscode-foreground);
    background: var(--vscode-editor-background);
    font-family: var(--vscode-font-family);
    font-size: var(--vscode-font-size);
    font-weight: var(--vscode-font-weight);
    line-height: 1.45;
    scrollbar-color: var(--vscode-scrollbarSlider-background) transparent;
  }

  main {
    max-inline-size: 50em;
    margin-inline: auto;
    padding: 1.75em 1.5em 2em;
    overflow-wrap: anywhere;
    container: card / inline-size;
  }

  .opening {
    padding: 2em;
    text-align: center;
    color: var(--chat-quiet);
  }

  h1 {
    font-size: 1.5em;
    font-weight: 600;
    line-height: 1.25;
  }

  h2,
  label:not(.check),
  dt {
    font-size: var(--chat-small);
    font-weight: 600;
    color: var(--chat-quiet);
  }

  .hint {
    max-inline-size: 72ch;
    margin-block-start: 0.4em;
    text-wrap: pretty;
  }

  .body {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    align-items: start;
    gap: 1.25em 2em;
    margin-block: 1.25em;
    padding: 1.25em;
    background: var(--vscode-editorWidget-background);
    border: 1px solid var(--vscode-contrastBorder, var(--vscode-widget-border, var(--chat-line)));
    border-radius: var(--chat-radius);
    /* The quiet colour is made for the editor's background; on this one it needs a little more. */
    --chat-quiet: color-mix(in srgb, var(--vscode-descriptionForeground) 70%, var(--vscode-foreground));
  }

  .facts {
    min-inline-size: 0;
    display: flex;
    flex-direction: column;
    gap: 0.35em;
  }

  dl {
    margin: 0 0 0.6em;
  }

  dd {
    margin: 0 0 0.5em;
  }

  .name {
    font-size: 1.25em;
    font-weight: 600;
  }

  .none {
    font-style: italic;
    color: var(--chat-quiet);
  }

  .groups {
    display: grid;
    grid-template-columns: repeat(4, max-content);
    gap: 0.3em 1.1em;
    margin: 0 0 0.6em;
    padding: 0;
    list-style: none;
    font-family: var(--vscode-editor-font-family, monospace);
    font-size: 1.3em;
    font-variant-numeric: tabular-nums;
    overflow-wrap: normal;
    /* Digits are read from left to right in every language. */
    direction: ltr;
  }

  .groups li {
    position: relative;
  }

  figure {
    margin: 0;
  }

  figcaption {
    inline-size: 0;
    min-inline-size: 100%;
    margin-block-start: 0.4em;
    font-size: var(--chat-small);
    color: var(--chat-quiet);
    text-align: center;
    text-wrap: balance;
  }

  .qr {
    display: block;
    inline-size: 15em;
    block-size: 15em;
    margin-inline: auto;
    border-radius: var(--chat-radius);
    forced-color-adjust: none;
  }

  .copy {
    display: inline-flex;
    align-items: center;
    gap: 0.6em;
  }

  .copy > * {
    display: inline-flex;
    align-items: center;
    gap: 0.35em;
  }

  .copy [role='status'] .icon {
    color: var(--vscode-charts-green);
  }

  .link {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5em;
    margin-block-end: 0.75em;
  }

  .link input {
    flex: 1 1 12em;
    min-inline-size: 0;
    padding: 0.25em 0.5em;
    font-family: var(--vscode-editor-font-family, monospace);
    font-size: 0.95em;
    color: var(--vscode-input-foreground);
    background: var(--vscode-input-background);
    border: 1px solid var(--vscode-input-border, var(--vscode-widget-border, var(--chat-contrast)));
    border-radius: var(--vscode-cornerRadius-small, 4px);
    text-overflow: ellipsis;
  }

  .check {
    display: flex;
    align-items: center;
    gap: 0.5em;
    margin-block: 0.25em 0.5em;
  }

  .check input {
    flex: none;
    inline-size: 1.15em;
    block-size: 1.15em;
    margin: 0;
    accent-color: var(--vscode-button-background);
  }

  .outcome {
    display: flex;
    align-items: start;
    gap: 0.6em;
    max-inline-size: 72ch;
    text-wrap: pretty;
  }

  .outcome:focus-visible {
    outline-offset: 4px;
  }

  .outcome > .icon {
    inline-size: 1.35em;
    block-size: 1.35em;
  }

  .outcome.differs {
    max-inline-size: none;
    padding: 0.75em 1em;
    color: var(--vscode-inputValidation-warningForeground, var(--vscode-foreground));
    background: var(--vscode-inputValidation-warningBackground);
    border: 1px solid var(--vscode-inputValidation-warningBorder);
    border-radius: var(--chat-radius);
  }

  .outcome.differs > .icon {
    color: var(--vscode-inputValidation-warningBorder);
  }

  .lead {
    font-weight: 600;
  }

  .outcome ul {
    margin: 0.35em 0 0;
    padding-inline-start: 1.2em;
  }

  .outcome li + li {
    margin-block-start: 0.2em;
  }

  .icon-verified {
    color: var(--vscode-charts-green);
  }

  @container card (inline-size < 40em) {
    .body {
      grid-template-columns: minmax(0, 1fr);
    }

    .qr {
      inline-size: min(15em, 100%);
      block-size: auto;
      aspect-ratio: 1;
    }
  }

  @media (max-width: 26em) {
    main {
      padding: 1em 0.75em 1.5em;
    }

    .body {
      margin-block: 0.9em;
      padding: 0.75em;
    }

    .groups {
      gap: 0.25em 0.7em;
      font-size: 1.15em;
    }
  }

  @media (max-width: 18em) {
    .groups {
      grid-template-columns: repeat(3, max-content);
    }
  }
`;
