import { changeOf, referenceOf } from '@p2p-chat/protocol/kinds';
import type { StoredMessage } from './storage-ports.ts';
import type { ReactionView } from './views.ts';

/** Emoji that one person has at one message: more than anybody looks at. */
const MAX_REACTIONS = 20;

/** What a message has become. */
export interface ChangedMessage {
  /** The newest edit. */
  readonly edit: StoredMessage | null;
  readonly deletion: StoredMessage | null;
  /** What it says now; null once it was deleted, and for a kind without a text. */
  readonly text: string | null;
  readonly reactions: ReactionView[];
}

/**
 * What a message has become by its changes. They count in the order of their arrival, which is each author's own order;
 * what repeats one, or comes from somebody who may not change it, changes nothing.
 * @param changes messages that speak of its id, oldest first
 */
export function changedMessage(message: StoredMessage, changes: readonly StoredMessage[]): ChangedMessage {
  let edit: StoredMessage | null = null;
  let deletion: StoredMessage | null = null;
  let text = textOf(message);
  const reactions = { mine: new Set<string>(), theirs: new Set<string>() };
  for (const each of changes) {
    const change = changeOf(each.envelope);
    if (change === null || each.state === 'refused') continue;
    const isOfSender = referenceOf(change).by === 'sender';
    if (change.message !== message.envelope.id || isOfSender !== (each.mine === message.mine)) continue;
    if (change.kind === 'reaction') {
      const whose = each.mine ? reactions.mine : reactions.theirs;
      if (!change.on) whose.delete(change.emoji);
      else if (whose.size < MAX_REACTIONS) whose.add(change.emoji);
    } else if (change.kind === 'delete') {
      deletion ??= each;
    } else if (text !== null) {
      edit = each;
      text = change.text;
    }
  }
  const isGone = deletion !== null || text === '';
  const emoji = isGone ? [] : [...new Set([...reactions.theirs, ...reactions.mine])];
  return {
    edit,
    deletion,
    text: isGone ? null : text,
    reactions: emoji.map((each) => ({
      emoji: each,
      mine: reactions.mine.has(each),
      theirs: reactions.theirs.has(each),
    })),
  };
}

/** What a message said at first; empty once it was erased, and null for a kind without a text. */
function textOf({ envelope: { kind, body } }: StoredMessage): string | null {
  const text = kind === 'text' ? body['text'] : null;
  return typeof text === 'string' ? text : null;
}
