/** What stands for a person beside their name, in a list and in a chat alike. Decoration: it proves nothing. */

/** How many colours there are for avatars. */
export const HUES = 6;

/** Which of the colours stands for this identity: the same everywhere, since a fingerprint is evenly spread. */
export function hueOf(fingerprint: string): number {
  return Number.parseInt(fingerprint.slice(0, 4), 16) % HUES;
}

/** What the name begins with; what stands for the name of somebody whom no directory names begins as none can. */
export function initialOf(name: string): string {
  return name.startsWith('#') ? '?' : name.slice(0, 1).toUpperCase();
}
