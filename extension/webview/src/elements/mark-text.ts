/** Of styles/conversation.ts. */
const NAME = 'found';

/** Marks each place that has this text, in any case, and nothing else in the page. */
export function markText(within: Element | null, text: string): void {
  CSS.highlights.delete(NAME);
  if (within === null || text === '') return;
  CSS.highlights.set(NAME, new Highlight(...placesOf(within, text.toLowerCase())));
}

/** Also where the text goes on in another element, as code that has colours does. */
function placesOf(within: Element, text: string): Range[] {
  const nodes: { readonly node: Text; readonly from: number }[] = [];
  const walker = document.createTreeWalker(within, NodeFilter.SHOW_TEXT);
  let all = '';
  while (walker.nextNode()) {
    const { currentNode } = walker;
    if (!(currentNode instanceof Text)) continue;
    nodes.push({ node: currentNode, from: all.length });
    all += currentNode.data;
  }
  const lower = all.toLowerCase();
  // Few letters have another length in small; there nothing is marked rather than something else.
  if (lower.length !== all.length) return [];
  const ranges: Range[] = [];
  for (let at = lower.indexOf(text); at !== -1; at = lower.indexOf(text, at + text.length)) {
    const first = nodes.findLast(({ from }) => from <= at);
    const last = nodes.findLast(({ from }) => from < at + text.length);
    if (first === undefined || last === undefined) continue;
    const range = document.createRange();
    range.setStart(first.node, at - first.from);
    range.setEnd(last.node, at + text.length - last.from);
    ranges.push(range);
  }
  return ranges;
}
