import type * as EmojiModule from '../emoji/emoji.ts';
import { emojiQuery } from '../model/emoji-query.ts';
import { strings } from '../strings.ts';
import { type CompletionSource, MAX_PROPOSED } from './completion.ts';

type Names = typeof EmojiModule;

let loading: Promise<Names> | undefined;

function names(): Promise<Names> {
  return (loading ??= import('../emoji/emoji.ts'));
}

/** Emoji by their names: `:tad` shows 🎉, and `:tada:` becomes it. */
export const emojiSource: CompletionSource = {
  label: strings.emoji,
  query: emojiQuery,
  find: async (query) =>
    (await names())
      .findEmoji(query, MAX_PROPOSED)
      .map(({ character, name }) => ({ inserts: character, icon: character, label: `:${name}:` })),
  named: async (name) => (await names()).emojiNamed(name),
};

/** An element in which one of all emoji is chosen; see emojiPicker. */
export async function makePicker(end: (emoji: string | null) => void): Promise<HTMLElement> {
  const { emojiPicker } = await names();
  return emojiPicker({ filter: strings.filterEmoji, list: strings.emoji, none: strings.noEmoji }, end);
}
