import { html, type TemplateResult } from 'lit';
import { isUnnamed } from '../model/person-name.ts';
import { strings } from '../strings.ts';

/** A person's name where it stands alone, apart from the direction of what is around it; what stands for a name looks unlike any name. */
export function personName(name: string): TemplateResult {
  return isUnnamed(name)
    ? html`${strings.unknownPersonAlone} <code class="unnamed">${name}</code>`
    : html`<bdi>${name}</bdi>`;
}
