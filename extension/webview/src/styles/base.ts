import { css } from 'lit';

/** What every element of the page shares. Colours are VS Code's theme variables and nothing else. */
export const baseStyles = css`
  :host {
    --chat-quiet: var(--vscode-descriptionForeground);
    --chat-line: var(--vscode-panel-border, transparent);
    /* What high contrast themes draw where others use shades. */
    --chat-contrast: var(--vscode-contrastBorder, transparent);
    --chat-radius: var(--vscode-cornerRadius-medium, 6px);
    --chat-small: 0.85em;
    /* The text column: readable lines with room for state and time beside them. */
    --chat-measure: 60em;
    --chat-gutter: 1.25em;
    box-sizing: border-box;
  }

  :host([hidden]),
  [hidden] {
    display: none !important;
  }

  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }

  h1,
  h2,
  h3,
  p {
    margin: 0;
    font-size: inherit;
    font-weight: inherit;
  }

  button {
    font: inherit;
    color: inherit;
    background: none;
    border: 1px solid transparent;
    border-radius: var(--vscode-cornerRadius-small, 4px);
    padding: 0;
    cursor: pointer;
  }

  :focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: 1px;
  }

  /* What stands for the name of somebody whom no directory names. */
  .unnamed {
    font-family: var(--vscode-editor-font-family, monospace);
    font-size: 0.92em;
    font-weight: normal;
  }

  .unseen {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }

  .icon {
    inline-size: 1.15em;
    block-size: 1.15em;
    flex: none;
    overflow: visible;
  }
`;
