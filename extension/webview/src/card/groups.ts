import { html, type TemplateResult } from 'lit';

/** A long number in groups, so that two people can compare it; a screen reader spells one group after the other. */
export function groups(text: string, size: number, labelledBy: string): TemplateResult {
  const parts = text.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];
  return html`<ol class="groups" role="list" aria-labelledby=${labelledBy}>
    ${parts.map(
      (part) =>
        html`<li>
          <span aria-hidden="true">${part}</span
          ><span class="unseen">${part.replaceAll(/(?<=.)(?=.)/g, ' ')}</span>
        </li>`,
    )}
  </ol>`;
}
