import { css } from 'lit';

/** What asks the person to decide about the other. */
export const barStyles = css`
  .standing,
  .identity {
    flex: none;
    display: flex;
    align-items: start;
    gap: 0.75em;
    /* On a small panel the buttons are still reached. */
    max-block-size: 60%;
    overflow: hidden auto;
  }

  .standing > div,
  .identity > div {
    min-inline-size: 0;
    overflow-wrap: anywhere;
    text-wrap: pretty;
  }

  .standing > .icon,
  .identity > .icon {
    inline-size: 1.6em;
    block-size: 1.6em;
    stroke-width: 1;
  }

  .lead {
    font-weight: 600;
  }

  .standing {
    inline-size: calc(100% - 2 * var(--chat-gutter));
    max-inline-size: calc(var(--chat-measure) - 2 * var(--chat-gutter));
    margin: 0 auto 0.9em;
    padding: 0.75em 1em;
    color: var(--vscode-editorWidget-foreground);
    background: var(--vscode-editorWidget-background);
    border: 1px solid var(--vscode-contrastBorder, var(--vscode-widget-border, var(--chat-line)));
    border-radius: var(--chat-radius);
  }

  .standing .hint {
    margin-block-start: 0.15em;
    /* The quiet colour is made for the editor's background; on this one it needs a little more. */
    color: color-mix(in srgb, var(--vscode-descriptionForeground) 70%, var(--vscode-foreground));
  }

  .identity {
    padding: 0.75em max(var(--chat-gutter), (100% - var(--chat-measure)) / 2 + var(--chat-gutter));
    border: 0 solid;
    border-block-width: 1px 2px;
  }

  .identity .lead {
    font-size: 1.1em;
  }

  .identity.warning {
    color: var(--vscode-inputValidation-warningForeground, var(--vscode-foreground));
    background: var(--vscode-inputValidation-warningBackground);
    border-color: var(--vscode-inputValidation-warningBorder);
  }

  .identity.warning > .icon {
    color: var(--vscode-inputValidation-warningBorder);
  }

  .identity.grave {
    color: var(--vscode-inputValidation-errorForeground, var(--vscode-foreground));
    background: var(--vscode-inputValidation-errorBackground);
    border-color: var(--vscode-inputValidation-errorBorder);
    border-block-width: 3px;
  }

  .identity.grave > .icon {
    color: var(--vscode-errorForeground);
  }

  /* Made for the editor's background, which this is not. */
  .identity .secondary {
    color: inherit;
    background: none;
    border-color: currentColor;
  }

  @media (max-width: 34em) {
    .standing,
    .identity {
      gap: 0.5em;
    }

    .standing {
      inline-size: calc(100% - 1em);
      margin-block-end: 0.5em;
      padding: 0.6em 0.75em;
    }

    .identity {
      padding: 0.6em 0.75em;
    }
  }
`;
