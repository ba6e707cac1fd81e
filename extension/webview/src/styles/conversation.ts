import { css } from 'lit';

export const conversationStyles = css`
  :host {
    position: relative;
    display: block;
    /* Lines arrange themselves by the width of this column, not of the window. */
    container: conversation / inline-size;
  }

  .view {
    position: absolute;
    inset: 0;
    overflow: hidden auto;
    overscroll-behavior: contain;
    /* The scroll keeper does it, at the very top too; both together would move twice. */
    overflow-anchor: none;
    scrollbar-color: var(--vscode-scrollbarSlider-background) transparent;
  }

  .view:focus-visible {
    outline-offset: -1px;
  }

  .list {
    display: flex;
    flex-direction: column;
    /* A short conversation stands above the box, where the eye is. */
    justify-content: end;
    min-block-size: 100%;
    max-inline-size: var(--chat-measure);
    margin-inline: auto;
    padding: 1em var(--chat-gutter);
    overflow-wrap: anywhere;
  }

  .list > * {
    flex: none;
  }

  /* As high as the lines that are not in the page. */
  .space {
    box-sizing: content-box;
  }

  /* As high as it is said to be, without the padding: the first space has what the others leave. */
  .list.whole {
    box-sizing: content-box;
    /* As wide as ever all the same. */
    max-inline-size: calc(var(--chat-measure) - 2 * var(--chat-gutter));
  }

  .whole > .space:first-child {
    flex: 1 0 0;
  }

  ::highlight(found) {
    color: var(--vscode-editor-findMatchForeground, inherit);
    background-color: var(--vscode-editor-findMatchHighlightBackground);
    text-decoration: underline;
    text-decoration-color: var(--vscode-contrastActiveBorder, transparent);
  }

  .loading-older,
  .jump {
    position: absolute;
    inset-inline: 0;
    inline-size: fit-content;
    max-inline-size: calc(100% - 2em);
    margin-inline: auto;
    padding: 0.25em 0.9em;
    color: var(--vscode-editorWidget-foreground);
    background: var(--vscode-editorWidget-background);
    border: 1px solid var(--vscode-contrastBorder, var(--vscode-widget-border, transparent));
    border-radius: 2em;
    box-shadow: 0 2px 8px var(--vscode-widget-shadow, transparent);
  }

  .loading-older {
    inset-block-start: 0.75em;
    color: var(--chat-quiet);
  }

  .jump {
    inset-block-end: 0.75em;
    display: flex;
    align-items: center;
    gap: 0.4em;
  }

  .jump:hover {
    /* Opaque below: the button floats over text. */
    background:
      linear-gradient(
        var(--vscode-toolbar-hoverBackground, transparent),
        var(--vscode-toolbar-hoverBackground, transparent)
      ),
      var(--vscode-editorWidget-background);
    border-color: var(--vscode-focusBorder);
  }
`;
