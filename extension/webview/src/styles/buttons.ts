import { css } from 'lit';

/** Buttons with words: the one to take, and the others. */
export const buttonStyles = css`
  .primary,
  .secondary {
    padding: 0.2em 0.9em;
    text-align: center;
  }

  .primary {
    color: var(--vscode-button-foreground);
    background: var(--vscode-button-background);
    border-color: var(--vscode-button-border, var(--chat-contrast));
  }

  .primary:hover {
    background: var(--vscode-button-hoverBackground);
  }

  .secondary {
    color: var(--vscode-button-secondaryForeground);
    background: var(--vscode-button-secondaryBackground);
    /* Some themes have no background for it: then the border is the button. */
    border-color: var(--vscode-contrastBorder, var(--vscode-button-secondaryBorder, var(--chat-line)));
  }

  .secondary:hover {
    background: var(--vscode-button-secondaryHoverBackground);
  }

  .primary:hover,
  .secondary:hover {
    outline: 1px dashed var(--vscode-contrastActiveBorder, transparent);
  }

  .primary:focus-visible,
  .secondary:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: 2px;
  }

  .choices {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5em;
    margin-block-start: 0.6em;
  }
`;
