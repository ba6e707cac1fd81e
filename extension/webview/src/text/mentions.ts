import { mentionsOf } from '../../../src/mentions.ts';

/** Marks where these people are called, outside code and addresses. */
export function markMentions(within: DocumentFragment, names: readonly string[]): void {
  const calls = mentionsOf(names);
  const walker = document.createTreeWalker(within, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { currentNode: node } = walker;
    const found = node instanceof Text && !node.parentElement?.closest('a, code') && calls.exec(node.data);
    if (!found) continue;
    const call = node.splitText(found.index);
    call.splitText(found[0].length);
    const mark = document.createElement('span');
    mark.className = 'mention';
    call.replaceWith(mark);
    mark.append(call);
    // What follows it is looked at next.
    walker.currentNode = call;
  }
}
