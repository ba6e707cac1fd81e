/** The name of an emoji that is being typed. */
export interface EmojiQuery {
  /** Where its colon stands. */
  readonly from: number;
  /** In small letters. */
  readonly name: string;
  /** With its colons, as it stands there. */
  readonly typed: string;
  /** Whether the colon after it is there too. */
  readonly ended: boolean;
}

/** A colon that no word or address goes on with, and two letters or more of a name. */
const TYPED = /(?<![\p{L}\p{N}:/_-]):([a-z0-9_+-]{2,40})(:?)$/iu;

/** What stands before the caret, when it is the name of an emoji and no part of code. */
export function emojiQuery(text: string, caret: number): EmojiQuery | null {
  const before = text.slice(0, caret);
  const match = TYPED.exec(before);
  if (match === null || isInCode(before)) return null;
  const [typed, name = '', end = ''] = match;
  return { from: match.index, name: name.toLowerCase(), typed, ended: end !== '' };
}

/** Whether what comes next is a part of code: an open fence, or an open backtick in the paragraph. */
export function isInCode(before: string): boolean {
  const fences = before.match(/^ {0,3}```/gm)?.length ?? 0;
  if (fences % 2 === 1) return true;
  const paragraph = before.slice(before.lastIndexOf('\n\n') + 1).replaceAll('```', '');
  return (paragraph.match(/`/g)?.length ?? 0) % 2 === 1;
}
