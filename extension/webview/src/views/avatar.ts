import { html, type TemplateResult } from 'lit';
import { isUnnamed } from '../model/person-name.ts';

/** How many colours styles/rows.ts has for avatars. */
const HUES = 6;

/** Which of the colours stands for this identity: the same everywhere, since a fingerprint is evenly spread. */
export function hueOf(fingerprint: string): number {
  return Number.parseInt(fingerprint.slice(0, 4), 16) % HUES;
}

/** A coloured disc with an initial. Decoration: the name stands beside it. */
export function avatar(name: string, hue: string): TemplateResult {
  return html`<span class="avatar ${hue}" aria-hidden="true"
    >${isUnnamed(name) ? '?' : name.slice(0, 1).toUpperCase()}</span
  >`;
}
