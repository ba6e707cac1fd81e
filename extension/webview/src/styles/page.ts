import { css } from 'lit';

export const pageStyles = css`
  :host {
    /* Fixed, so that the host's document needs no style of its own. */
    position: fixed;
    inset: 0;
    display: flex;
    flex-direction: column;
    color: var(--vscode-foreground);
    background: var(--vscode-editor-background);
    font-family: var(--vscode-font-family);
    font-size: var(--vscode-font-size);
    font-weight: var(--vscode-font-weight);
    line-height: 1.45;
  }

  main {
    flex: 1;
    min-block-size: 0;
    display: flex;
    flex-direction: column;
  }

  /* Where the letters are so large, or the panel so low, that its parts have no room together. */
  @media (max-height: 40em) {
    main {
      overflow: hidden auto;
    }
  }

  .missed {
    flex: none;
    inline-size: 100%;
    max-inline-size: var(--chat-measure);
    margin-inline: auto;
    padding: 0.4em var(--chat-gutter);
    color: var(--chat-quiet);
  }

  chat-header,
  chat-composer {
    flex: none;
  }

  chat-conversation {
    flex: 1;
    min-block-size: 0;
  }

  .opening {
    margin: auto;
    color: var(--chat-quiet);
    /* Seen only when it takes long. */
    animation: appear 0.2s 0.8s both;
  }

  @media (prefers-reduced-motion: reduce) {
    .opening {
      animation-duration: 0s;
    }
  }

  :host-context(.vscode-reduce-motion) .opening {
    animation-duration: 0s;
  }

  @keyframes appear {
    from {
      opacity: 0;
    }
  }

  .offline {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.25em 0.6em;
    /* In line with the conversation's column. */
    padding: 0.4em max(var(--chat-gutter), (100% - var(--chat-measure)) / 2 + var(--chat-gutter));
    background: var(--vscode-editorWidget-background);
    border-block-end: 1px solid var(--chat-line);
  }

  .offline .icon {
    color: var(--vscode-editorWarning-foreground);
  }

  .offline span {
    flex: 1 1 min(12em, 100% - 2em);
  }

  .offline button {
    flex: none;
  }
`;
