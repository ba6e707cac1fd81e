/** What a link of a message may lead to, and what it must show of it. Pure. */

const WEB_ADDRESS = /^https?:\/\/[^/?#\\\s]/i;

/**
 * The address that this link leads to, or null where it must not be a link: anything but a whole http or https address,
 * so no other scheme, none that a browser would guess, and nothing relative to the page.
 */
export function webAddress(href: string): URL | null {
  if (!WEB_ADDRESS.test(href)) return null;
  const url = URL.parse(href);
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url : null;
}

/** What reads as an address: `//` with a name after it, a name with a dot before its last part, an IP, or `localhost`. */
const HOST_LIKE =
  /(?:\/\/[^\s/?#]+|\d+(?:\.\d+){3}|(?:[\p{L}\p{N}_-]+\.)+\p{L}[\p{L}\p{N}_-]+|localhost(?![\p{L}\p{N}_-]))(?::\d+)?/u;

/**
 * The host to show behind a link's text, or null when the text hides nothing: each word that reads as an address must
 * name the very host that the link leads to, in the letters that the browser looks up.
 */
export function hiddenHost(text: string, url: URL): string | null {
  // What stands before an @ is no host, and may look like one.
  if (url.username !== '' || url.password !== '') return url.host;
  const words = text
    .normalize('NFKC')
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replaceAll('。', '.')
    .toLowerCase()
    .split(/\s+/);
  const honest = words.every((word) => {
    const named = HOST_LIKE.exec(word)?.[0].replace(/^\/\//, '');
    return named === undefined || named === url.host || named === url.hostname;
  });
  return honest ? null : url.host;
}
