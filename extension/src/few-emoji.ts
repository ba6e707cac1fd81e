/**
 * Up to three emoji and nothing else: flags, and signs that are emoji by themselves or are said to be, of which several may
 * be joined. What browsers know of emoji themselves (`\p{RGI_Emoji}`) takes them 40 ms to get ready.
 */
const FEW_EMOJI =
  /^(?:(?:\p{RI}{2}|(?:\p{EPres}|\p{Emoji}[\ufe0f\p{EMod}])[\p{EMod}\ufe0f\u20e3]*(?:\u200d(?:\p{EPres}|\p{Emoji}\ufe0f)[\p{EMod}\ufe0f]*)*)\s*){1,3}$/u;

/** Whether a message says all that it says with a few emoji, which are shown as large as in other chats. */
export function isFewEmoji(text: string): boolean {
  return FEW_EMOJI.test(text);
}
