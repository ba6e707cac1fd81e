import { html, type TemplateResult } from 'lit';
import { generate } from 'lean-qr';
import { toSvgPath } from 'lean-qr/extras/svg';
import { cardStrings } from './strings.ts';

/** Empty modules around a code, without which scanners do not find it. */
const QUIET = 4;

/**
 * A QR code of this text, with `label` for who does not see it. Dark on light in every theme: many scanners read nothing
 * else.
 */
export function qrCode(text: string, label: string): TemplateResult {
  let code;
  try {
    code = generate(text);
  } catch {
    return html`<p class="qr-failed">${cardStrings.qrFailed}</p>`;
  }
  const size = code.size + 2 * QUIET;
  return html`<svg
    class="qr"
    role="img"
    aria-label=${label}
    viewBox="${-QUIET} ${-QUIET} ${size} ${size}"
    shape-rendering="crispEdges"
  >
    <rect x=${-QUIET} y=${-QUIET} width=${size} height=${size} fill="#fff" />
    <path d=${toSvgPath(code)} fill="#000" />
  </svg>`;
}
