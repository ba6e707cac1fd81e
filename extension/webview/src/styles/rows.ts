import { css } from 'lit';

export const rowStyles = css`
  .message {
    position: relative;
    /* Moves nothing: a line with it is painted once, not again whenever another one is and the view has been scrolled. */
    transform: translate(0);
    display: grid;
    grid-template-columns: [avatar] 2.6em [text] minmax(0, 1fr) [state] auto [time] auto [end];
    column-gap: 0.5em;
    align-items: baseline;
    padding: 0.12em 0.75em;
    /* All text begins at one line, whether what is around it has a border or not. */
    border: 0 solid transparent;
    border-inline-width: 1px;
  }

  .message.starts {
    margin-block-start: 0.5em;
    padding-block-start: 0.5em;
  }

  .message.ends {
    padding-block-end: 0.5em;
  }

  .mine {
    background: var(--vscode-chat-requestBubbleBackground);
    border-color: var(--chat-contrast);
    /* The quiet colour is made for the editor's background; on this one it needs a little more. */
    --chat-quiet: color-mix(in srgb, var(--vscode-descriptionForeground) 70%, var(--vscode-foreground));
  }

  /* The bar is at it, and lies over the line before it as well. */
  [data-acts] {
    background: var(--vscode-list-hoverBackground);
    /* In some themes nothing quieter can be read on these two. */
    --chat-quiet: var(--vscode-foreground);
  }

  :not(.mine)[data-acts] {
    border-radius: var(--chat-radius);
  }

  .mine[data-acts] {
    background: var(--vscode-chat-requestBubbleHoverBackground, var(--vscode-list-hoverBackground));
  }

  .mine.starts {
    border-block-start-width: 1px;
    border-start-start-radius: var(--chat-radius);
    border-start-end-radius: var(--chat-radius);
  }

  .mine.ends {
    border-block-end-width: 1px;
    border-end-start-radius: var(--chat-radius);
    border-end-end-radius: var(--chat-radius);
  }

  /* The whole stretch that waited is bracketed, so that its end is seen too. */
  .waited::before {
    content: '';
    position: absolute;
    inset-block: 0;
    inset-inline-start: 0;
    border-inline-start: 2px solid var(--vscode-textBlockQuote-border, var(--chat-line));
  }

  .avatar {
    grid-column: avatar;
    grid-row: 1 / span 2;
    align-self: start;
    display: grid;
    place-items: center;
    inline-size: 2em;
    block-size: 2em;
    margin-block-start: 0.1em;
    border: 1px solid var(--chat-contrast);
    border-radius: 50%;
    font-weight: 600;
    color: var(--vscode-foreground);
    background: color-mix(in srgb, var(--hue) 30%, var(--vscode-editor-background));
  }

  .me {
    --hue: var(--vscode-charts-blue);
  }
  .hue-0 {
    --hue: var(--vscode-charts-green);
  }
  .hue-1 {
    --hue: var(--vscode-charts-purple);
  }
  .hue-2 {
    --hue: var(--vscode-charts-yellow);
  }
  .hue-3 {
    --hue: var(--vscode-charts-red);
  }
  .hue-4 {
    --hue: var(--vscode-charts-foreground);
  }
  .hue-5 {
    --hue: var(--vscode-charts-orange);
  }

  .sender {
    grid-column: text;
    grid-row: 1;
    font-weight: 600;
    white-space: nowrap;
  }

  .sender.long {
    overflow: hidden;
    text-overflow: ellipsis;
  }

  .sender.unseen {
    overflow: visible;
    clip-path: none;
    opacity: 0;
    pointer-events: none;
  }

  .text {
    grid-column: text;
    grid-row: 1;
    min-inline-size: 0;
  }

  .starts .text {
    grid-column: text / end;
    grid-row: 2;
  }

  /* What it replies to stands above the text. */
  .quoted {
    grid-column: text;
    grid-row: 1;
    display: flex;
    align-items: center;
    gap: 0.4em;
    min-inline-size: 0;
    max-inline-size: 100%;
    justify-self: start;
    padding: 0 0.4em 0 0.5em;
    font: inherit;
    font-size: 0.92em;
    text-align: start;
    color: var(--chat-quiet);
    background: none;
    border: none;
    border-inline-start: 2px solid var(--vscode-textBlockQuote-border, var(--chat-line));
    border-radius: 0;
  }

  .quoted span {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .quoted .icon {
    flex: none;
  }

  button.quoted:hover {
    color: var(--vscode-foreground);
    text-decoration: underline;
  }

  .starts .quoted {
    grid-column: text / end;
    grid-row: 2;
  }

  .replies .text {
    grid-row: 2;
  }

  .starts.replies .text {
    grid-row: 3;
  }

  .reactions {
    grid-column: text / end;
    grid-row: 5;
    display: flex;
    flex-wrap: wrap;
    gap: 0.3em;
    margin-block: 0.2em 0.1em;
    padding: 0;
    list-style: none;
  }

  .reaction {
    display: flex;
    align-items: center;
    gap: 0.3em;
    padding: 0 0.45em;
    line-height: 1.5;
    color: var(--vscode-foreground);
    background: color-mix(in srgb, var(--vscode-foreground) 8%, transparent);
    border: 1px solid var(--chat-contrast);
    border-radius: 1em;
  }

  .reaction:hover {
    background: var(--vscode-toolbar-hoverBackground);
  }

  .reaction[aria-pressed='true'] {
    color: var(--vscode-inputOption-activeForeground, var(--vscode-foreground));
    background: var(--vscode-inputOption-activeBackground);
    border-color: var(
      --vscode-contrastActiveBorder,
      var(--vscode-inputOption-activeBorder, var(--vscode-focusBorder))
    );
    /* High contrast has no ground for it: the line is twice as thick. */
    box-shadow: inset 0 0 0 1px var(--vscode-contrastActiveBorder, transparent);
  }

  .reaction .count {
    font-size: var(--chat-small);
  }

  .edited {
    font-style: italic;
  }

  .edited + .icon {
    margin-inline-start: 0.3em;
  }

  .text.newer {
    font-style: italic;
    color: var(--chat-quiet);
  }

  .message time,
  .state {
    font-size: var(--chat-small);
    color: var(--chat-quiet);
    white-space: nowrap;
  }

  .message time {
    grid-column: time;
    grid-row: 1;
    min-inline-size: 4.6em;
    text-align: end;
    font-variant-numeric: tabular-nums;
  }

  .state {
    grid-column: state;
    grid-row: 1;
    display: inline-flex;
    align-items: center;
    gap: 0.3em;
  }

  /* The words share a line with the time; the icon stands beside them. */
  .state > span {
    align-self: baseline;
  }

  .why {
    display: inline-flex;
    align-items: center;
    gap: 0.3em;
    border: 0;
  }

  .why > span {
    align-self: baseline;
    text-decoration: underline dotted;
    text-underline-offset: 0.2em;
  }

  .why:hover > span,
  .why:focus-visible > span {
    color: var(--vscode-textLink-activeForeground);
    text-decoration-style: solid;
  }

  .state.held .icon {
    color: var(--vscode-editorWarning-foreground);
  }

  .state.delivered .icon,
  .state.read .icon {
    color: var(--vscode-charts-green);
  }

  /* A sentence: under the text, over its whole width. */
  .state.refused {
    grid-column: text / end;
    grid-row: 4;
    align-items: start;
    margin-block-start: 0.15em;
    white-space: normal;
    font-size: 0.92em;
    color: var(--vscode-foreground);
  }

  .state.refused .icon {
    margin-block-start: 0.15em;
    color: var(--vscode-errorForeground);
  }

  @container conversation (inline-size < 34em) {
    .list {
      padding-inline: 0.5em;
    }

    .message {
      grid-template-columns: [avatar text] minmax(0, 1fr) [state] minmax(0, auto) [time] auto [end];
    }

    .avatar {
      display: none;
    }

    .sender:not(.unseen) {
      overflow: hidden;
      text-overflow: ellipsis;
    }

    /* Under one's own text there is a line anyhow: what belongs to it stands there, and the text has all the width. */
    .mine:not(.starts) .text {
      grid-column: text / end;
    }

    .mine:not(.starts) time,
    .mine:not(.starts) .state:not(.refused) {
      grid-row: 2;
    }

    .mine:not(.starts) .state:not(.refused) {
      justify-self: end;
    }

    .mine.replies:not(.starts) time,
    .mine.replies:not(.starts) .state:not(.refused) {
      grid-row: 3;
    }

    .message time {
      min-inline-size: 0;
    }
  }

  /* Letters of double size in a narrow panel: a name, a state and a time have no room beside each other. */
  @container conversation (inline-size < 18em) {
    .state:not(.refused) {
      flex-wrap: wrap;
      justify-content: end;
    }

    .starts .state:not(.refused) {
      grid-column: text / end;
      grid-row: 6;
      justify-self: end;
    }

    .edited {
      inline-size: 100%;
      text-align: end;
    }
  }

  @media (prefers-reduced-motion: no-preference) {
    .icon-sending {
      animation: turn 1.6s linear infinite;
    }
  }

  /* VS Code's own setting, where the system has no wish. */
  :host-context(.vscode-reduce-motion) .icon-sending {
    animation: none;
  }

  @keyframes turn {
    to {
      rotate: 1turn;
    }
  }
`;
