import type { PageMessage } from '../../src/page-api.ts';
import { hostMessage, type HostMessage } from '../../src/panel-api.ts';
import { listenFor, type VsCodeApi } from './channel.ts';

/** The extension host, as the page sees it. */
export interface Host {
  post(message: PageMessage): void;
  /** Calls the listener for each valid message; returns what ends it. */
  listen(listener: (message: HostMessage) => void): () => void;
  /** What VS Code keeps for the panel's serializer, so that it reopens with the same contact. */
  remember(contact: string): void;
}

/** The host behind a webview's message channel. */
export function vscodeHost(api: VsCodeApi, page: Window): Host {
  return {
    post: (message) => api.postMessage(message),
    listen: (listener) => listenFor(page, hostMessage, listener),
    remember: (contact) => api.setState({ contact }),
  };
}
