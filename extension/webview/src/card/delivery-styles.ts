import { css } from 'lit';

/** The card that tells why something is not delivered. */
export const deliveryStyles = css`
  .outcome.why {
    margin-block-start: 0.75em;
  }

  .why .icon-warning,
  .why .icon-held,
  .why .icon-disconnected {
    color: var(--vscode-editorWarning-foreground);
  }

  .why .icon-delivered {
    color: var(--vscode-charts-green);
  }

  .delivery {
    align-items: end;
  }

  .delivery .facts {
    display: grid;
    grid-template-columns: max-content minmax(0, 1fr);
    gap: 0.45em 1.5em;
    margin: 0;
  }

  .delivery .facts > div {
    display: contents;
  }

  .delivery dt {
    align-self: baseline;
  }

  .delivery dd {
    display: flex;
    align-items: center;
    gap: 0.4em;
    margin: 0;
    font-variant-numeric: tabular-nums;
  }

  .delivery .icon-online {
    color: var(--vscode-charts-green);
  }

  .try {
    justify-self: start;
  }

  .try[aria-disabled='true'] {
    opacity: 0.6;
    cursor: default;
  }

  .quiet {
    color: var(--chat-quiet);
  }

  .addresses {
    margin: 0.5em 0;
    padding: 0;
    list-style: none;
  }

  .addresses > li {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    gap: 0.3em 1.25em;
    padding-block: 0.6em;
    border-block-start: 1px solid var(--vscode-contrastBorder, var(--vscode-widget-border, var(--chat-line)));
  }

  .addresses > li > p {
    flex-basis: 100%;
    max-inline-size: 72ch;
    text-wrap: pretty;
  }

  .endpoint {
    font-family: var(--vscode-editor-font-family, monospace);
    font-size: 0.95em;
  }

  .steps {
    display: flex;
    flex-wrap: wrap;
    gap: 0.2em 1.1em;
    margin: 0;
    padding: 0;
    list-style: none;
  }

  .steps li {
    display: inline-flex;
    align-items: center;
    gap: 0.35em;
    position: relative;
  }

  /* The words share a line with the address; the icons stand beside them. */
  .steps li > span {
    align-self: baseline;
  }

  .steps .time {
    font-size: var(--chat-small);
    color: var(--chat-quiet);
    font-variant-numeric: tabular-nums;
  }

  .steps .done .icon {
    color: var(--vscode-charts-green);
  }

  .steps .failed .icon {
    color: var(--vscode-errorForeground);
  }

  .steps .missed {
    color: var(--chat-quiet);
  }

  @container card (inline-size < 24em) {
    .delivery .facts {
      grid-template-columns: minmax(0, 1fr);
      gap: 0;
    }

    .delivery dd {
      margin-block-end: 0.5em;
    }
  }
`;
