/** No sign that counts as one is longer than a third of it. */
const MOST_CHARACTERS = 64;

/**
 * Up to three emoji and nothing else: flags, and signs that are emoji by themselves or are said to be, of which several may
 * be joined. No character can be read in two ways, or a stranger's message could take minutes. What browsers know of emoji
 * themselves (`\p{RGI_Emoji}`) takes them 40 ms to get ready.
 */
const FEW_EMOJI =
  /^(?:(?:\p{RI}{2}|(?:(?![\p{EMod}\p{RI}])\p{EPres}|(?!\p{EPres})\p{Emoji}[\ufe0f\p{EMod}])[\p{EMod}\ufe0f\u20e3]*(?:\u200d(?:(?!\p{EMod})\p{EPres}|(?!\p{EPres})\p{Emoji}\ufe0f)[\p{EMod}\ufe0f]*)*)\s*){1,3}$/u;

/** Whether a message says all that it says with a few emoji, which are shown as large as in other chats. */
export function isFewEmoji(text: string): boolean {
  return text.length <= MOST_CHARACTERS && FEW_EMOJI.test(text);
}
