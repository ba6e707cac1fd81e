import { hostMessage, type HostMessage, type PageMessage } from '../../src/panel-api.ts';

/** The extension host, as the page sees it. */
export interface Host {
  post(message: PageMessage): void;
  /** Calls the listener for each valid message; returns what ends it. */
  listen(listener: (message: HostMessage) => void): () => void;
  /** What VS Code keeps for the panel's serializer, so that it reopens with the same contact. */
  remember(contact: string): void;
}

/** What VS Code puts into the page's global scope; it may be called once only. */
export interface VsCodeApi {
  postMessage(message: unknown): void;
  setState(state: unknown): void;
}

/** The host behind a webview's message channel. Whatever does not match the schema is reported and dropped. */
export function vscodeHost(api: VsCodeApi, page: Window): Host {
  return {
    post: (message) => api.postMessage(message),
    listen(listener) {
      const onMessage = (event: MessageEvent<unknown>): void => {
        const result = hostMessage.safeParse(event.data);
        if (result.success) {
          listener(result.data);
          return;
        }
        // Places only: a message's text does not belong into a log.
        const places = result.error.issues.map(
          (issue) => `${issue.path.map(String).join('.')}: ${issue.code}`,
        );
        console.error(`P2P Chat: dropped a host message that does not match (${places.join('; ')})`);
      };
      page.addEventListener('message', onMessage);
      return () => page.removeEventListener('message', onMessage);
    },
    remember: (contact) => api.setState({ contact }),
  };
}
