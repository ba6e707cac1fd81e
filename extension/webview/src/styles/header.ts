import { css } from 'lit';

export const headerStyles = css`
  :host {
    display: block;
    border-block-end: 1px solid var(--chat-line);
  }

  header {
    /* In line with the conversation's column. */
    max-inline-size: var(--chat-measure);
    margin-inline: auto;
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.1em 0.75em;
    padding: 0.55em var(--chat-gutter);
  }

  h1 {
    font-weight: 600;
    overflow-wrap: anywhere;
  }

  .mark {
    margin-inline-start: 0.35em;
    color: var(--chat-quiet);
    font-weight: 400;
    font-size: 0.92em;
  }

  .presence {
    display: inline-flex;
    align-items: center;
    gap: 0.3em;
    color: var(--chat-quiet);
  }

  /* It takes what room is left, so that nothing moves when the contact begins to write. */
  .status {
    flex: 1 1 0;
    min-inline-size: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    color: var(--chat-quiet);
    font-style: italic;
  }

  .presence .icon {
    inline-size: 1em;
    block-size: 1em;
  }

  .icon-online {
    color: var(--vscode-charts-green);
  }

  .trust {
    display: inline-flex;
    align-items: center;
    gap: 0.3em;
    margin-inline-start: auto;
    padding: 0.1em 0.35em;
    margin-inline-end: -0.35em;
    color: var(--chat-quiet);
    font-size: 0.92em;
  }

  .trust:hover {
    color: var(--vscode-foreground);
    background: var(--vscode-toolbar-hoverBackground);
    outline: 1px dashed var(--vscode-contrastActiveBorder, transparent);
  }

  .icon-verified {
    color: var(--vscode-charts-green);
  }

  .icon-warning {
    color: var(--vscode-editorWarning-foreground);
  }
`;
