import { html, type TemplateResult } from 'lit';
import { initialOf } from '../../../src/avatar.ts';

/** A coloured disc with an initial. Decoration: the name stands beside it. */
export function avatar(name: string, hue: string): TemplateResult {
  return html`<span class="avatar ${hue}" aria-hidden="true">${initialOf(name)}</span>`;
}
