/** Whether a text calls somebody: `@` and their whole name, in capitals or not. */
export function mentions(text: string, name: string): boolean {
  if (name === '') return false;
  const literal = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  // Not in an address, nor at the beginning of a longer name; a full stop may end the sentence.
  return new RegExp(`(?<![\\p{L}\\p{N}_.-])@${literal}(?![\\p{L}\\p{N}_-]|\\.[\\p{L}\\p{N}_])`, 'iu').test(
    text,
  );
}
