/**
 * Writes into a box as typing does where the box has the focus: it can be undone. What a script puts in by other means mixes
 * with what was typed once somebody presses the keys for it.
 */
export function writeText(box: HTMLTextAreaElement, from: number, end: number, text: string): void {
  box.setSelectionRange(from, end);
  const does = text === '' ? 'delete' : 'insertText';
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else writes as typing does
  if (!box.matches(':focus') || !document.execCommand(does, false, text)) box.setRangeText(text, from, end);
}
