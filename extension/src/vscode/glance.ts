import { hueOf, initialOf } from '../avatar.ts';
import { isFewEmoji } from '../few-emoji.ts';
import type { HostMessage } from '../panel-api.ts';
import { escapeHtml } from './html-text.ts';

/**
 * What a chat shows until its page's script has run: the last messages, as they were written. Without it a person looks
 * at nothing for as long again as VS Code takes for a panel that is empty.
 */

/** More lines than a high screen has. */
const MOST_LINES = 32;
/** So many new messages are in view together with the end, where a glance ends; with more a chat opens further up. */
const MOST_UNREAD = 8;
/** Characters of a message. */
const MOST_TEXT = 1_500;
/** Who goes on writing within this time is not named again. */
const SAME_STRETCH_MS = 5 * 60_000;

/** What a page is told of a whole conversation. */
type FullState = Extract<HostMessage, { type: 'state' }>;

/** The glance at a conversation, in HTML; empty where there is more to be seen than messages, or they are further up. */
export function glanceOf({ contact, me, messages, readUpTo }: FullState): string {
  const unread = messages.filter(({ mine, order }) => !mine && order > readUpTo).length;
  if (contact.standing !== 'accepted' || contact.changedTo !== null || unread > MOST_UNREAD) return '';
  const shown = messages.slice(-MOST_LINES).filter(({ text }) => text !== null);
  if (shown.length === 0) return '';
  const goesOn = (index: number): boolean => {
    const [before, here] = [shown[index - 1], shown[index]];
    return before?.mine === here?.mine && (here?.storedAt ?? 0) - (before?.storedAt ?? 0) <= SAME_STRETCH_MS;
  };
  const lines = shown.map(({ mine, text }, index) => {
    const starts = !goesOn(index);
    const ends = !goesOn(index + 1);
    const name = mine ? me : contact.name;
    const hue = mine ? 'me' : `hue-${hueOf(contact.id)}`;
    const who = starts
      ? `<i class="${hue}">${escapeHtml(initialOf(name))}</i><b>${escapeHtml(name)}</b>`
      : '';
    const words = escapeHtml((text ?? '').slice(0, MOST_TEXT));
    const place = `${mine ? ' mine' : ''}${starts ? ' starts' : ''}${ends ? ' ends' : ''}`;
    const size = isFewEmoji(text ?? '') ? ' class="few-emoji"' : '';
    return `<div class="line${place}">${who}<p${size} dir="auto">${words}</p></div>`;
  });
  return `<div class="glance" aria-hidden="true">
      <div class="head"><b>${escapeHtml(contact.name)}</b></div>
      <div class="lines">${lines.join('')}</div>
      <div class="foot"></div>
    </div>`;
}

/** In the places where the page itself shows the same. */
export const glanceStyles = `
      .glance {
        position: fixed; inset: 0; display: flex; flex-direction: column; overflow: hidden; line-height: 1.45;
        color: var(--vscode-foreground); background: var(--vscode-editor-background);
        font: var(--vscode-font-weight) var(--vscode-font-size) / 1.45 var(--vscode-font-family);
        --measure: max(1.25em, calc((100% - 60em) / 2 + 1.25em));
      }
      .glance b { display: block; font-weight: 600; }
      .head { padding: 0.55em var(--measure); border-block-end: 1px solid var(--vscode-panel-border, transparent); }
      .lines {
        flex: 1; min-block-size: 0; display: flex; flex-direction: column; justify-content: end; overflow: hidden;
        padding: 1em var(--measure); overflow-wrap: anywhere;
      }
      .line { flex: none; position: relative; padding: 0.12em 5em 0.12em 3.85em; }
      .line p { margin: 0; white-space: pre-wrap; unicode-bidi: plaintext; }
      .line .few-emoji { font-size: 2em; line-height: 1.25; }
      .line.starts { margin-block-start: 0.5em; padding-block-start: 0.5em; }
      .line.ends { padding-block-end: 0.5em; }
      .mine { background: var(--vscode-chat-requestBubbleBackground); }
      .line i {
        position: absolute; inset-inline-start: 0.75em; display: grid; place-items: center; inline-size: 2em;
        block-size: 2em; border-radius: 50%; font-style: normal; font-weight: 600;
        background: color-mix(in srgb, var(--hue) 30%, var(--vscode-editor-background));
      }
      .me { --hue: var(--vscode-charts-blue); }
      .hue-0 { --hue: var(--vscode-charts-green); }
      .hue-1 { --hue: var(--vscode-charts-purple); }
      .hue-2 { --hue: var(--vscode-charts-yellow); }
      .hue-3 { --hue: var(--vscode-charts-red); }
      .hue-4 { --hue: var(--vscode-charts-foreground); }
      .hue-5 { --hue: var(--vscode-charts-orange); }
      .foot { flex: none; block-size: 5em; padding-inline: var(--measure); }
      .foot::before {
        content: ''; display: block; block-size: 2.9em; box-sizing: border-box;
        border: 1px solid var(--vscode-input-border, transparent); border-radius: var(--vscode-cornerRadius-medium, 6px);
        background: var(--vscode-input-background);
      }`;
