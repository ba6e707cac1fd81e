/** When something is to be seen, by the clock of the window that shows it. Run in the window of a VS Code. */

/**
 * Waits for a key, and after it for the first frame of the screen that has this text in the page of a panel, and for the
 * first in which a chat, if it is one, can be written to. Milliseconds from the key to each of them, as what it gives
 * resolves with, are `globalThis.opened`.
 */
export function watchFor(text: string): string {
  return `globalThis.opened = new Promise((resolve) => {
  const text = ${JSON.stringify(text)};
  const says = (root) =>
    root.textContent.includes(text) ||
    [...root.querySelectorAll('*')].some(({ shadowRoot }) => shadowRoot !== null && says(shadowRoot));
  const page = () => {
    for (const outer of document.querySelectorAll('iframe.webview.ready')) {
      const frame = outer.contentDocument?.getElementById('active-frame');
      const body = frame?.contentDocument?.body;
      if (body != null && frame.style.visibility === 'visible') return body;
    }
  };
  const isUsable = (body) => {
    const chat = body.querySelector('p2p-chat');
    if (chat === null) return true;
    return chat.shadowRoot?.querySelector('chat-composer')?.shadowRoot?.querySelector('textarea') != null;
  };
  addEventListener('keydown', ({ timeStamp }) => {
    let shown;
    const look = () => {
      const now = performance.now() - timeStamp;
      const body = page();
      if (body !== undefined && says(body)) shown ??= now;
      if (shown !== undefined && isUsable(body)) resolve({ shown, usable: now });
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, { capture: true, once: true });
}), undefined`;
}
