import type * as z from 'zod/mini';

/** What VS Code puts into the page's global scope; it may be called once only. */
export interface VsCodeApi {
  postMessage(message: unknown): void;
  setState(state: unknown): void;
}

declare global {
  interface Window {
    /** What the host posted before this script ran; from now on the caller listens. The document puts it there. */
    takeKept?: () => readonly unknown[];
  }
}

/**
 * Calls the listener for each message of the host that the schema knows; returns what ends it. Whatever does not match
 * is reported and dropped.
 */
export function listenFor<T>(
  page: Window,
  schema: z.ZodMiniType<T>,
  listener: (message: T) => void,
): () => void {
  const hear = (data: unknown): void => {
    const result = schema.safeParse(data);
    if (result.success) {
      listener(result.data);
      return;
    }
    // Places only: a message's text does not belong into a log.
    const places = result.error.issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.code}`);
    console.error(`P2P Chat: dropped a host message that does not match (${places.join('; ')})`);
  };
  const onMessage = ({ data }: MessageEvent<unknown>): void => hear(data);
  page.addEventListener('message', onMessage);
  for (const data of page.takeKept?.() ?? []) hear(data);
  return () => page.removeEventListener('message', onMessage);
}
