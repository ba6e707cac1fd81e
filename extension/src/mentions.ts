/** Finds where a text calls one of these: `@` and their whole name, in capitals or not. None of the names is empty. */
export function mentionsOf(names: readonly string[]): RegExp {
  const literals = names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  // Not in an address, nor at the beginning of a longer name; a full stop may end the sentence.
  return new RegExp(
    `(?<![\\p{L}\\p{N}_.-])@(?:${literals.join('|')})(?![\\p{L}\\p{N}_-]|\\.[\\p{L}\\p{N}_])`,
    'iu',
  );
}

/** Whether a text calls somebody. */
export function mentions(text: string, name: string): boolean {
  return name !== '' && mentionsOf([name]).test(text);
}
