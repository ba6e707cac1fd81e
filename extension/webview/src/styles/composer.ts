import { css } from 'lit';

export const composerStyles = css`
  :host {
    position: relative;
    display: block;
    inline-size: 100%;
    max-inline-size: var(--chat-measure);
    margin-inline: auto;
    padding: 0 var(--chat-gutter) 0.6em;
  }

  .box {
    display: flex;
    align-items: end;
    gap: 0.25em;
    padding: 0.25em;
    color: var(--vscode-input-foreground);
    background: var(--vscode-input-background);
    border: 1px solid var(--vscode-input-border, var(--vscode-widget-border, var(--chat-contrast)));
    border-radius: var(--chat-radius);
  }

  .box:focus-within {
    border-color: var(--vscode-focusBorder);
    outline: 1px solid var(--vscode-contrastActiveBorder, transparent);
  }

  .box.invalid {
    border-color: var(--vscode-inputValidation-errorBorder);
  }

  textarea {
    flex: 1;
    min-inline-size: 0;
    field-sizing: content;
    /* Ten lines, but never so much that the conversation disappears. */
    max-block-size: min(calc(10lh + 0.7em), 40vh);
    padding: 0.35em 0.5em;
    resize: none;
    font: inherit;
    line-height: inherit;
    color: inherit;
    background: none;
    border: none;
    overflow-wrap: anywhere;
    scrollbar-color: var(--vscode-scrollbarSlider-background) transparent;
  }

  /* The box around it shows the focus. */
  textarea:focus-visible {
    outline: none;
  }

  textarea::placeholder {
    color: var(--vscode-input-placeholderForeground);
    opacity: 1;
  }

  @media (forced-colors: active) {
    .box:focus-within {
      outline: 2px solid Highlight;
    }
  }

  .send {
    flex: none;
    display: grid;
    place-items: center;
    inline-size: 2.1em;
    block-size: 2.1em;
    color: var(--vscode-button-foreground);
    background: var(--vscode-button-background);
    border-color: var(--vscode-button-border, var(--chat-contrast));
  }

  .send:hover {
    background: var(--vscode-button-hoverBackground);
  }

  .send[aria-disabled='true'] {
    color: var(--vscode-disabledForeground);
    background: none;
    border-color: transparent;
    cursor: default;
  }

  .send .icon {
    inline-size: 1.25em;
    block-size: 1.25em;
  }

  :host(:dir(rtl)) .send .icon {
    transform: scaleX(-1);
  }

  .proposals {
    position: absolute;
    inset-block-end: 100%;
    inset-inline-start: var(--chat-gutter);
    z-index: 1;
    --most: calc(100% - 2 * var(--chat-gutter));
    min-inline-size: min(14em, var(--most));
    max-inline-size: var(--most);
    margin: 0 0 0.25em;
    padding: 0.25em;
    list-style: none;
    color: var(--vscode-editorWidget-foreground);
    background: var(--vscode-editorWidget-background);
    border: 1px solid var(--vscode-contrastBorder, var(--vscode-widget-border, transparent));
    border-radius: var(--chat-radius);
    box-shadow: 0 2px 8px var(--vscode-widget-shadow, transparent);
  }

  .proposals li {
    display: flex;
    gap: 0.6em;
    padding: 0.15em 0.5em;
    border-radius: var(--vscode-cornerRadius-small, 4px);
    cursor: pointer;
  }

  .proposals li[aria-selected='true'] {
    color: var(--vscode-list-activeSelectionForeground, inherit);
    background: var(--vscode-list-activeSelectionBackground);
    outline: 1px dashed var(--vscode-contrastActiveBorder, transparent);
    outline-offset: -1px;
  }

  .proposals li:hover:not([aria-selected='true']) {
    background: var(--vscode-list-hoverBackground);
  }

  .proposals .character {
    min-inline-size: 1.6em;
    text-align: center;
  }

  .proposals .name {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .about {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.4em;
    min-inline-size: 0;
    padding: 0.2em 0.25em;
    font-size: 0.92em;
    color: var(--chat-quiet);
  }

  .about .label {
    max-inline-size: calc(100% - 2em);
    font-weight: 600;
  }

  .about .quote {
    flex: 1 1 4em;
    min-inline-size: 0;
  }

  .about .label,
  .about .quote {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .about .cancel {
    flex: none;
    display: grid;
    place-items: center;
    inline-size: 1.8em;
    block-size: 1.8em;
    color: inherit;
    background: none;
    border-color: transparent;
  }

  .about .cancel:hover {
    background: var(--vscode-toolbar-hoverBackground);
    outline: 1px dashed var(--vscode-contrastActiveBorder, transparent);
  }

  .problem {
    display: flex;
    gap: 0.4em;
    padding: 0.4em 0.25em 0;
  }

  .problem .icon {
    margin-block-start: 0.15em;
    color: var(--vscode-errorForeground);
  }

  .problem.waits .icon {
    color: var(--vscode-editorWarning-foreground);
  }

  .hint {
    padding: 0.3em 0.25em 0;
    font-size: var(--chat-small);
    color: var(--chat-quiet);
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  @media (max-width: 34em) {
    :host {
      padding-inline: 0.5em;
    }
  }

  @media (max-width: 22em) {
    .hint {
      display: none;
    }
  }
`;
