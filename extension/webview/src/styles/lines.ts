import { css } from 'lit';

/** The lines of a conversation that are no messages. */
export const lineStyles = css`
  /* Days, "New" and "Sent while you were away". */
  .day,
  .new,
  .while-away {
    display: flex;
    align-items: center;
    gap: 0.75em;
    margin-block: 1.1em 0.4em;
    padding-inline: 0.75em;
    font-size: var(--chat-small);
    color: var(--chat-quiet);
  }

  .day::before,
  .day::after,
  .new::before,
  .while-away::after {
    content: '';
    flex: 1;
    border-block-start: 1px solid var(--chat-line);
  }

  .day {
    font-weight: 600;
  }

  .new {
    margin-block-end: 0;
    color: var(--vscode-textLink-foreground);
    font-weight: 600;
  }

  .new::before {
    border-color: currentColor;
  }

  .while-away {
    margin-block: 0.9em 0;
    font-style: italic;
  }

  .notice {
    margin-block: 0.6em;
    padding-inline: 0.75em;
    text-align: center;
    text-wrap: balance;
    font-size: 0.92em;
    color: var(--chat-quiet);
  }

  .notice time {
    margin-inline-start: 0.4em;
    font-size: 0.92em;
    white-space: nowrap;
  }

  .notice .icon {
    margin-inline-end: 0.4em;
    vertical-align: -0.2em;
  }

  .notice.identity-replaced,
  .notice.identity-changed,
  .notice.identity-accepted,
  .notice.identity-kept {
    padding-block: 0.45em;
    border: 1px solid var(--chat-line);
    border-radius: var(--chat-radius);
    color: var(--vscode-foreground);
  }

  /* Time, on a coloured ground. */
  .notice.identity-replaced time,
  .notice.identity-changed time {
    color: inherit;
  }

  .notice.identity-replaced {
    font-weight: 600;
    background: var(--vscode-editorWidget-background);
    border-color: var(--vscode-focusBorder);
  }

  .notice.identity-changed {
    font-weight: 600;
    color: var(--vscode-inputValidation-warningForeground, var(--vscode-foreground));
    background: var(--vscode-inputValidation-warningBackground);
    border-color: var(--vscode-inputValidation-warningBorder);
  }

  .notice.identity-changed .icon {
    color: var(--vscode-inputValidation-warningBorder);
  }

  .notice.missing {
    color: var(--vscode-foreground);
  }

  .beginning {
    padding: 0 0.75em 0.5em;
    color: var(--chat-quiet);
    text-wrap: pretty;
  }

  .beginning .lead {
    color: var(--vscode-foreground);
    font-weight: 600;
  }

  .beginning.empty {
    margin: auto;
    padding-block: 2em;
    max-inline-size: 32em;
    text-align: center;
    text-wrap: balance;
  }

  .beginning.empty .lead {
    font-size: 1.1em;
    margin-block: 0.75em 0.4em;
  }

  .beginning .icon {
    inline-size: 3em;
    block-size: 3em;
    stroke-width: 0.7;
  }
`;
