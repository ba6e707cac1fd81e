/** The picker has a style sheet of its own, which comes with it. The custom properties are those of the page. */
export const pickerStyles = `
  :host {
    display: block;
    box-sizing: border-box;
    inline-size: 19em;
    max-inline-size: calc(100vw - 2em);
    padding: 0.4em;
    color: var(--vscode-editorWidget-foreground);
    background: var(--vscode-editorWidget-background);
    border: 1px solid var(--vscode-contrastBorder, var(--vscode-widget-border, var(--chat-line)));
    border-radius: var(--chat-radius);
    box-shadow: 0 2px 8px var(--vscode-widget-shadow, transparent);
  }

  input {
    box-sizing: border-box;
    inline-size: 100%;
    padding: 0.25em 0.5em;
    font: inherit;
    color: var(--vscode-input-foreground);
    background: var(--vscode-input-background);
    border: 1px solid var(--vscode-input-border, var(--vscode-widget-border, var(--chat-contrast)));
    border-radius: var(--vscode-cornerRadius-small, 4px);
  }

  input:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: -1px;
  }

  input::placeholder {
    color: var(--vscode-input-placeholderForeground);
    opacity: 1;
  }

  p {
    margin: 0;
    padding: 0.5em 0.5em 0.25em;
  }

  p:empty, [hidden] {
    display: none !important;
  }

  #list {
    display: grid;
    grid-template-columns: repeat(8, minmax(0, 1fr));
    max-block-size: min(11em, 30vh);
    margin-block-start: 0.4em;
    overflow: hidden auto;
    overscroll-behavior: contain;
    scrollbar-color: var(--vscode-scrollbarSlider-background) transparent;
    scrollbar-width: thin;
  }

  [role='option'] {
    display: grid;
    place-items: center;
    block-size: 2.1em;
    border-radius: var(--vscode-cornerRadius-small, 4px);
    cursor: pointer;
  }

  [role='option']:hover {
    background: var(--vscode-list-hoverBackground);
  }

  [aria-selected='true'] {
    background: var(--vscode-list-activeSelectionBackground);
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: -1px;
  }
`;
