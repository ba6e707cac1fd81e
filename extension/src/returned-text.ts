/** What stands in a message box once another text is added to it: behind what was begun, after an empty line. */
export function withTail(box: string, added: string): string {
  const begun = box.trimEnd();
  return begun === '' ? added : `${begun}\n\n${added}`;
}

/**
 * What stands in a message box after a text that came back to it, which stands first, in lines of its own; null when it
 * does not stand there.
 */
export function withoutHead(box: string, text: string): string | null {
  if (text === '') return box;
  if (box === text) return '';
  return box.startsWith(`${text}\n`) ? box.slice(text.length + 1) : null;
}
