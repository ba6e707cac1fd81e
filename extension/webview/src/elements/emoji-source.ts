import type { Emoji } from '../emoji/emoji.ts';
import { emojiQuery } from '../model/emoji-query.ts';
import { strings } from '../strings.ts';
import { type CompletionSource, MAX_PROPOSED } from './completion.ts';

interface Names {
  emojiNamed(name: string): string | null;
  findEmoji(query: string, limit: number): readonly Emoji[];
}

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
