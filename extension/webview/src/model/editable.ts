import type { Message } from './api-types.ts';

/** Whether a message can be edited or deleted: this person's own, and something is left of it. */
export function isEditable({ mine, text, state }: Message): boolean {
  return mine && text !== null && state !== 'refused';
}
