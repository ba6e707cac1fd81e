import DOMPurify from 'dompurify';
import { hiddenHost, webAddress } from './links.ts';

/** Every element that a message may have, and no other. */
const TAGS = [
  ...['p', 'br', 'em', 'strong', 's', 'code', 'pre', 'blockquote', 'hr', 'a'],
  ...['ul', 'ol', 'li', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6'],
  ...['table', 'thead', 'tbody', 'tr', 'th', 'td', '#text'],
];

/** Every attribute that it may have, by element. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  A: 'href',
  CODE: 'class',
  OL: 'start',
  TH: 'align',
  TD: 'align',
};

/** The one class that a message may give: what its code is written in. */
const LANGUAGE_CLASS = /^language-[A-Za-z0-9+#._-]{1,24}$/;

const purifier = DOMPurify(window);
purifier.addHook('uponSanitizeAttribute', (element, attribute) => {
  const { attrName, attrValue } = attribute;
  if (ATTRIBUTES[element.nodeName] !== attrName) attribute.keepAttr = false;
  if (attrName === 'class' && !LANGUAGE_CLASS.test(attrValue)) attribute.keepAttr = false;
});

/** Nodes made of HTML that is not trusted, with nothing in them that runs, loads or looks like a part of the page. */
export function sanitize(html: string): DocumentFragment {
  const fragment = purifier.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: [...new Set(Object.values(ATTRIBUTES))],
    ALLOWED_URI_REGEXP: /^https?:\/\/[^/?#\\\s]/i,
    // Attributes whose value is no address.
    ADD_URI_SAFE_ATTR: ['class', 'start', 'align'],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    ALLOW_UNKNOWN_PROTOCOLS: false,
    RETURN_DOM_FRAGMENT: true,
  });
  for (const link of fragment.querySelectorAll('a')) showAddress(link);
  for (const heading of fragment.querySelectorAll('h1, h2, h3, h4, h5, h6')) {
    if (isBlank(heading)) heading.remove();
  }
  return fragment;
}

/** The text of HTML that is not trusted, without any element. */
export function textOf(html: string): string {
  return purifier.sanitize(html, { ALLOWED_TAGS: ['#text'], RETURN_DOM_FRAGMENT: true }).textContent;
}

/** A link tells where it leads: in its tooltip, and in its text where that reads as another address or as nothing. */
function showAddress(link: HTMLAnchorElement): void {
  const href = link.getAttribute('href') ?? '';
  const url = webAddress(href);
  if (url === null) {
    link.replaceWith(...link.childNodes);
    return;
  }
  link.title = url.href;
  if (isBlank(link)) link.append(url.href);
  const hidden = hiddenHost(link.textContent, url);
  if (hidden !== null) link.append(` (${hidden})`);
}

/** Nothing in it that a person could see. */
export function isBlank(node: Node): boolean {
  return !/[^\s\p{Default_Ignorable_Code_Point}]/u.test(node.textContent ?? '');
}
