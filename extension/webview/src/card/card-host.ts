import { card, type Card, type CardMessage } from '../../../src/card-api.ts';
import { listenFor, type VsCodeApi } from '../channel.ts';

/** The extension host, as the page of a card sees it. */
export interface CardHost {
  post(message: CardMessage): void;
  /** Calls the listener for each valid card; returns what ends it. */
  listen(listener: (card: Card) => void): () => void;
}

/** The host behind a webview's message channel. */
export function vscodeCardHost(api: VsCodeApi, page: Window): CardHost {
  return {
    post: (message) => api.postMessage(message),
    listen: (listener) => listenFor(page, card, listener),
  };
}
