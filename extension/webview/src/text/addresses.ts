/**
 * In place of `mdurl`, with which the Markdown library takes addresses apart and puts them together: here only whole web
 * addresses become links, and the browser takes them apart.
 */

interface Whole {
  readonly href: string;
}

/** Without a host name the library leaves hosts to the browser, which knows those of other scripts too. */
export function parse(address: string): Whole {
  return { href: address };
}

export function format({ href }: Whole): string {
  return href;
}

/** As it stands in an attribute; what is encoded already stays so. */
export function encode(address: string): string {
  return encodeURI(address.toWellFormed()).replaceAll(/%25([0-9a-f]{2})/gi, '%$1');
}

/** Addresses are shown as they are written. */
export function decode(address: string): string {
  return address;
}
