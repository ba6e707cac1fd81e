// Before everything that makes a schema.
import './schema-setup.ts';
import type { VsCodeApi } from './channel.ts';
import { defineElements, P2PChat } from './elements/p2p-chat.ts';
import { vscodeHost } from './host.ts';

declare function acquireVsCodeApi(): VsCodeApi;

defineElements();
const chat = document.querySelector(P2PChat.tag);
if (!(chat instanceof P2PChat)) throw new Error(`the page has no <${P2PChat.tag}>`);
chat.connect(vscodeHost(acquireVsCodeApi(), window));
