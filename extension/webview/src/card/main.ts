// Before everything that makes a schema.
import '../schema-setup.ts';
import type { VsCodeApi } from '../channel.ts';
import { vscodeCardHost } from './card-host.ts';
import { P2PChatCard } from './p2p-chat-card.ts';

declare function acquireVsCodeApi(): VsCodeApi;

customElements.define(P2PChatCard.tag, P2PChatCard);
const page = document.querySelector(P2PChatCard.tag);
if (!(page instanceof P2PChatCard)) throw new Error(`the page has no <${P2PChatCard.tag}>`);
page.connect(vscodeCardHost(acquireVsCodeApi(), window));
