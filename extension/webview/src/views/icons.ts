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
  verified: icon(
    svg`<path d="M8 1.9c1.6 1.1 3.3 1.7 5.2 1.8v3.8c0 3.2-1.9 5.4-5.2 6.7-3.3-1.3-5.2-3.5-5.2-6.7V3.7C4.7 3.6 6.4 3 8 1.9Z" /><path d="m5.6 8 1.7 1.7 3.1-3.4" />`,
    'shield',
  ),
  disconnected: icon(
    svg`<path d="M2 2l12 12" /><path d="M4.6 10.6a4.6 4.6 0 0 1 5.1-1M2.4 7.8a7.8 7.8 0 0 1 3.5-2M8.8 5.5a7.8 7.8 0 0 1 4.8 2.3" /><path d="M8 13v.01" />`,
    'disconnected',
  ),
  conversation: icon(
    svg`<path d="M2 3.4h8.6v6H6.2L4 11.5V9.4H2z" /><path d="M12.8 6.2H14v5.5h-1.8v1.9l-2-1.9H7.4" />`,
    'conversation',
  ),
  /** Presence differs by shape too, not by colour alone. */
  online: icon(svg`<circle cx="8" cy="8" r="4" fill="currentColor" />`, 'online'),
  offline: icon(svg`<circle cx="8" cy="8" r="3.8" />`, 'offline'),
  unknown: icon(svg`<circle cx="8" cy="8" r="3.8" stroke-dasharray="1.6 2.4" />`, 'unknown'),
} as const;
