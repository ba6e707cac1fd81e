import { css } from 'lit';

/** The bar at the message that the pointer or the focus is on. */
export const actionStyles = css`
  :host {
    position: absolute;
    inset-inline-end: max(0.75em, calc((100% - var(--chat-measure)) / 2 + var(--chat-gutter)));
    z-index: 1;
    translate: 0 -70%;
  }

  :host([hidden]) {
    display: none;
  }

  .bar {
    display: flex;
    flex-wrap: wrap;
    justify-content: end;
    padding: 0.1em;
    color: var(--vscode-editorWidget-foreground);
    background: var(--vscode-editorWidget-background);
    border: 1px solid var(--vscode-contrastBorder, var(--vscode-widget-border, var(--chat-line)));
    border-radius: var(--chat-radius);
    box-shadow: 0 2px 8px var(--vscode-widget-shadow, transparent);
  }

  button {
    display: grid;
    place-items: center;
    inline-size: 1.9em;
    block-size: 1.9em;
    padding: 0;
    color: inherit;
    background: none;
    border: 1px solid transparent;
    border-radius: var(--vscode-cornerRadius-small, 4px);
  }

  button:hover {
    background: var(--vscode-toolbar-hoverBackground);
    outline: 1px dashed var(--vscode-contrastActiveBorder, transparent);
    outline-offset: -1px;
  }

  button:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: -1px;
  }

  button[aria-pressed='true'] {
    background: var(--vscode-inputOption-activeBackground);
    border-color: var(--vscode-inputOption-activeBorder, transparent);
  }

  .picker {
    position: absolute;
    inset-block-start: calc(100% + 0.25em);
    inset-inline-end: 0;
  }

  .picker.above {
    inset-block: auto calc(100% + 0.25em);
  }

  button[aria-expanded='true'] {
    background: var(--vscode-toolbar-hoverBackground);
  }

  :host(:dir(rtl)) .icon-reply {
    transform: scaleX(-1);
  }
`;
