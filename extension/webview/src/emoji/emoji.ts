/** A bundle of its own, which a page loads when the first name is typed, or an emoji is looked for. */

export { type Emoji, emojiNamed, findEmoji } from './find-emoji.ts';
export { emojiPicker } from './picker.ts';
