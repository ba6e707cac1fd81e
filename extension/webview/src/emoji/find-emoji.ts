import { gemoji } from 'gemoji';

/** A character with the name that was looked for. */
export interface Emoji {
  readonly character: string;
  readonly name: string;
}

/** What people write most: in front of what begins likewise and is shorter. */
const COMMON = new Set(
  '+1 -1 100 bug clap eyes facepalm fire heart joy ok_hand pray raised_hands rocket shrug smile sob sweat_smile tada thinking thumbsup thumbsdown warning wave white_check_mark'.split(
    ' ',
  ),
);

const byName = new Map(gemoji.flatMap(({ emoji, names }) => names.map((name) => [name, emoji] as const)));

/** The character of this very name. */
export function emojiNamed(name: string): string | null {
  return byName.get(name) ?? null;
}

/**
 * At most so many that the query may mean, the likeliest first: names that begin with it, common ones before others, names
 * that have it further on, then what is tagged by it. Each character once. To an empty query all, beginning with the faces.
 */
export function findEmoji(query: string, limit: number): readonly Emoji[] {
  if (query === '') {
    return gemoji.slice(0, limit).map(({ emoji, names: [name = ''] }) => ({ name, character: emoji }));
  }
  const named = [...byName].map(([name, character]) => ({ name, character }));
  const begin = named.filter(({ name }) => name.startsWith(query));
  const have = named.filter(({ name }) => name.includes(query));
  const tagged = gemoji.flatMap(({ emoji, names: [name], tags }) =>
    name !== undefined && tags.some((tag) => tag.startsWith(query)) ? [{ name, character: emoji }] : [],
  );
  const found = new Map<string, Emoji>();
  for (const each of [...begin.sort(likelierFirst), ...have, ...tagged]) {
    if (!found.has(each.character)) found.set(each.character, each);
  }
  return [...found.values()].slice(0, limit);
}

function likelierFirst({ name: one }: Emoji, { name: other }: Emoji): number {
  return Number(COMMON.has(other)) - Number(COMMON.has(one)) || one.length - other.length;
}
