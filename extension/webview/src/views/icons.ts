import { html, svg, type TemplateResult } from 'lit';

/** 16 × 16 line icons in the manner of VS Code's own. They are decoration: the text beside each says the same. */
const icon = (shape: TemplateResult, name: string): TemplateResult =>
  html`<svg
    class="icon icon-${name}"
    viewBox="0 0 16 16"
    fill="none"
    stroke="currentColor"
    stroke-width="1.2"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
    focusable="false"
  >
    ${shape}
  </svg>`;

export const icons = {
  held: icon(svg`<circle cx="8" cy="8" r="5.9" /><path d="M8 4.6V8l2.4 1.6" />`, 'held'),
  sending: icon(svg`<path d="M8 2.1A5.9 5.9 0 1 1 2.1 8" />`, 'sending'),
  delivered: icon(svg`<path d="m2.8 8.6 3.3 3.3 7.1-7.7" />`, 'delivered'),
  read: icon(svg`<path d="m1 8.6 3.3 3.3 6.6-7.2" /><path d="m7.4 11.3.6.6 7-7.6" />`, 'read'),
  refused: icon(
    svg`<circle cx="8" cy="8" r="5.9" /><path d="M8 4.9v3.8" /><path d="M8 11.1v.01" />`,
    'refused',
  ),
  send: icon(svg`<path d="M2.4 2.6 14 8 2.4 13.4 4 8 2.4 2.6Z" /><path d="M4 8h5" />`, 'send'),
  down: icon(svg`<path d="M8 2.8v10M3.8 8.8 8 13l4.2-4.2" />`, 'down'),
  shield: icon(
    svg`<path d="M8 1.9c1.6 1.1 3.3 1.7 5.2 1.8v3.8c0 3.2-1.9 5.4-5.2 6.7-3.3-1.3-5.2-3.5-5.2-6.7V3.7C4.7 3.6 6.4 3 8 1.9Z" /><path d="M8 5v3.3" /><path d="M8 10.7v.01" />`,
    'shield',
  ),
  invited: icon(
    svg`<path d="M8 1.9c1.6 1.1 3.3 1.7 5.2 1.8v3.8c0 3.2-1.9 5.4-5.2 6.7-3.3-1.3-5.2-3.5-5.2-6.7V3.7C4.7 3.6 6.4 3 8 1.9Z" /><path d="M5.3 5.9h5.4v4H5.3z" /><path d="m5.4 6.2 2.6 2 2.6-2" />`,
    'invited',
  ),
  verified: icon(
    svg`<path d="M8 1.9c1.6 1.1 3.3 1.7 5.2 1.8v3.8c0 3.2-1.9 5.4-5.2 6.7-3.3-1.3-5.2-3.5-5.2-6.7V3.7C4.7 3.6 6.4 3 8 1.9Z" /><path d="m5.6 8 1.7 1.7 3.1-3.4" />`,
    'verified',
  ),
  disconnected: icon(
    svg`<path d="M2 2l12 12" /><path d="M4.6 10.6a4.6 4.6 0 0 1 5.1-1M2.4 7.8a7.8 7.8 0 0 1 3.5-2M8.8 5.5a7.8 7.8 0 0 1 4.8 2.3" /><path d="M8 13v.01" />`,
    'disconnected',
  ),
  conversation: icon(
    svg`<path d="M2 3.4h8.6v6H6.2L4 11.5V9.4H2z" /><path d="M12.8 6.2H14v5.5h-1.8v1.9l-2-1.9H7.4" />`,
    'conversation',
  ),
  warning: icon(
    svg`<path d="M8 2 14.4 13.4H1.6Z" /><path d="M8 6.2v3.6" /><path d="M8 11.6v.01" />`,
    'warning',
  ),
  request: icon(
    svg`<circle cx="6.4" cy="5.2" r="2.5" /><path d="M2 13.2c.3-2.6 2-4 4.4-4s4.1 1.4 4.4 4" /><path d="M12.6 3.6v4M10.6 5.6h4" />`,
    'request',
  ),
  blocked: icon(svg`<circle cx="8" cy="8" r="5.9" /><path d="m3.9 3.9 8.2 8.2" />`, 'blocked'),
  /** An identity, and one that took another's place. */
  key: icon(svg`<circle cx="5" cy="8" r="2.9" /><path d="M7.9 8h6M11.4 8v2.4M13.6 8v1.7" />`, 'key'),
  renamed: icon(
    svg`<path d="m10.6 2.9 2.5 2.5-7.4 7.4-3.2.7.7-3.2z" /><path d="m9 4.5 2.5 2.5" />`,
    'renamed',
  ),
  close: icon(svg`<path d="m3.8 3.8 8.4 8.4M12.2 3.8l-8.4 8.4" />`, 'close'),
  reply: icon(
    svg`<path d="M6.4 3.4 2.2 7.3l4.2 3.9V8.9c3.4 0 5.8.9 7.4 3.5-.4-4-2.7-6.5-7.4-6.7z" />`,
    'reply',
  ),
  moreReactions: icon(
    svg`<path d="M9 2.2a5.9 5.9 0 1 0 4.8 4.8" /><path d="M5.3 9.6c1.3 2 4.1 2 5.4 0M5.9 6.4v.01M10.1 6.4v.01M13 1.2v4M11 3.2h4" />`,
    'more-reactions',
  ),
  edit: icon(svg`<path d="m10.6 2.9 2.5 2.5-7.4 7.4-3.2.7.7-3.2z" /><path d="m9 4.5 2.5 2.5" />`, 'edit'),
  remove: icon(
    svg`<path d="M2.8 4.4h10.4M6.2 4.2V2.8h3.6v1.4M4 4.6l.7 8.8h6.6l.7-8.8M6.7 7v4M9.3 7v4" />`,
    'remove',
  ),
  copy: icon(svg`<path d="M5.6 5.6h7.6v7.6H5.6z" /><path d="M10.4 3.2v-.4H2.8v7.6h.4" />`, 'copy'),
  openCode: icon(
    svg`<path d="M9.4 2.8h3.8v3.8M13 3 8.4 7.6" /><path d="M6.6 3.4H2.8v9.8h9.8V9.4" />`,
    'open-code',
  ),
  /** Presence differs by shape too, not by colour alone. */
  online: icon(svg`<circle cx="8" cy="8" r="4" fill="currentColor" />`, 'online'),
  offline: icon(svg`<circle cx="8" cy="8" r="3.8" />`, 'offline'),
  unknown: icon(svg`<circle cx="8" cy="8" r="3.8" stroke-dasharray="1.6 2.4" />`, 'unknown'),
} as const;
