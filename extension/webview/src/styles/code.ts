import { css } from 'lit';

/** The bar above code in a message. */
export const codeFrameStyles = css`
  :host {
    display: block;
    margin-block: 0.5em;
    background: var(--vscode-textCodeBlock-background);
    border: 1px solid var(--chat-contrast);
    border-radius: var(--chat-radius);
    direction: ltr;
  }

  .bar {
    display: flex;
    align-items: center;
    min-block-size: 1.9em;
    /* In line with the code, whose letters are larger. */
    padding-inline: 0.92em 0.3em;
    color: color-mix(in srgb, var(--chat-quiet) 50%, var(--vscode-foreground));
    font-size: var(--chat-small);
  }

  .language {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .actions {
    display: flex;
    flex: none;
    gap: 0.15em;
    margin-inline-start: auto;
  }

  button {
    display: grid;
    place-items: center;
    inline-size: 1.9em;
    block-size: 1.7em;
    color: var(--vscode-foreground);
  }

  button:hover {
    background: var(--vscode-toolbar-hoverBackground);
    outline: 1px dashed var(--vscode-toolbar-hoverOutline, transparent);
    outline-offset: -1px;
  }

  button:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: -1px;
  }
`;

/**
 * Code in the colours that the theme has for values and symbols: it has no variables for those of its editor. Each is
 * drawn towards the text's own colour, since some themes make them for large symbols.
 */
export const codeStyles = css`
  .text chat-code pre {
    margin: 0;
    padding-block-start: 0;
    background: none;
    border: none;
  }

  .text chat-code {
    margin-block: 0.5em;
  }

  .text code {
    --strength: 70%;
  }

  .text code .keyword {
    color: color-mix(
      in srgb,
      var(--vscode-debugTokenExpression-boolean) var(--strength),
      var(--vscode-foreground)
    );
  }

  .text code .string {
    color: color-mix(
      in srgb,
      var(--vscode-debugTokenExpression-string) var(--strength),
      var(--vscode-foreground)
    );
  }

  .text code .number {
    color: color-mix(
      in srgb,
      var(--vscode-debugTokenExpression-number) var(--strength),
      var(--vscode-foreground)
    );
  }

  .text code .function {
    color: color-mix(
      in srgb,
      var(--vscode-symbolIcon-functionForeground) var(--strength),
      var(--vscode-foreground)
    );
  }

  .text code .type {
    color: color-mix(
      in srgb,
      var(--vscode-debugTokenExpression-name) var(--strength),
      var(--vscode-foreground)
    );
  }

  .text code .variable {
    color: color-mix(
      in srgb,
      var(--vscode-symbolIcon-variableForeground) var(--strength),
      var(--vscode-foreground)
    );
  }

  .text code :is(.comment, .meta) {
    color: color-mix(in srgb, var(--chat-quiet) 50%, var(--vscode-foreground));
  }

  .text code .comment {
    font-style: italic;
  }

  /* A sign stands before each line of a difference: the colour only repeats it. */
  .text code .addition {
    background: var(--vscode-diffEditor-insertedTextBackground);
  }

  .text code .deletion {
    background: var(--vscode-diffEditor-removedTextBackground);
  }
`;
