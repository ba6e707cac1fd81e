import * as z from 'zod';
import { fingerprint } from '@p2p-chat/protocol/fingerprint';
import { killPoints } from './kill-points.ts';

/** What the driver of a fault run and the process of a peer say to each other. */

export const armed = z.object({ point: z.enum(killPoints), passes: z.int().min(0) });

/** How a peer is started. */
export const setup = z.object({
  globalStorage: z.string(),
  identityKey: z.string(),
  deviceKey: z.string(),
  name: z.string(),
  server: z.string(),
  /** The one contact. */
  other: z.object({ identity: fingerprint, name: z.string() }),
  /** The port of the proxy behind which the contact is found, whatever it announces. */
  road: z.int(),
  /** Milliseconds that this machine's clock is ahead. */
  clockOffset: z.int(),
  /** Whether a window has the conversation open. */
  open: z.boolean(),
  /** Folders of workspaces that windows have open now. */
  workspaces: z.array(z.string()),
  armed: armed.nullable(),
});
export type Setup = z.infer<typeof setup>;

/** How a disk misbehaves: this share of what is to be written fails, decided by the seed. */
export const diskTrouble = z.object({ share: z.number().min(0).max(1), seed: z.int() });
export type DiskTrouble = z.infer<typeof diskTrouble>;

/** A message that a window wants sent; or a change of another one, which an edit makes say `text`. */
export const wish = z.object({
  id: z.string(),
  text: z.string(),
  workspace: z.string().nullable(),
  change: z
    .object({ kind: z.enum(['edit', 'delete', 'reaction']), message: z.string(), isOwn: z.boolean() })
    .optional(),
});
export type Wish = z.infer<typeof wish>;

export const question = z.discriminatedUnion('ask', [
  z.object({ ask: z.literal('start'), setup }),
  /** Answered at once; how each message fares comes as an `outcome`. */
  z.object({ ask: z.literal('write'), wishes: z.array(wish) }),
  z.object({ ask: z.literal('arm'), armed: armed.nullable() }),
  z.object({ ask: z.literal('set-clock'), offset: z.int() }),
  z.object({ ask: z.literal('trouble-disk'), trouble: diskTrouble.nullable() }),
  /** Answered when nothing waits for the contact any longer. */
  z.object({ ask: z.literal('rest') }),
  z.object({ ask: z.literal('conversation') }),
  /** What was said is deleted. */
  z.object({ ask: z.literal('clear') }),
  /** What waits in each outbox. */
  z.object({ ask: z.literal('outboxes') }),
  z.object({ ask: z.literal('log') }),
  z.object({ ask: z.literal('stop') }),
]);
export type Question = z.infer<typeof question>;

const nothing = z.object({});

export const line = z.object({
  id: z.string(),
  mine: z.boolean(),
  state: z.enum(['held', 'sending', 'delivered', 'read', 'refused', 'received']),
  text: z.string().nullable(),
  edited: z.boolean(),
  deleted: z.boolean(),
  reactions: z.array(z.object({ emoji: z.string(), mine: z.boolean(), theirs: z.boolean() })),
});
export type Line = z.infer<typeof line>;

export const answers = {
  start: z.object({ port: z.int() }),
  write: nothing,
  arm: nothing,
  'set-clock': nothing,
  'trouble-disk': nothing,
  rest: nothing,
  /** As the panel shows it, from the history on the disk, oldest first; of the notices those that say something is missing. */
  conversation: z.object({ lines: z.array(line), missing: z.array(z.int()) }),
  clear: nothing,
  outboxes: z.object({ waiting: z.int() }),
  log: z.object({ lines: z.array(z.string()) }),
  stop: nothing,
} as const;
export type Answers = { [Ask in keyof typeof answers]: z.infer<(typeof answers)[Ask]> };

/** `code` is null when the message is in the stores: the panel shows it as held or sending. */
export const outcome = z.object({ id: z.string(), code: z.string().nullable() });
export type Outcome = z.infer<typeof outcome>;

/** From the driver. */
export const asked = z.object({ number: z.int(), question });

/** To the driver. */
export const told = z.union([
  z.object({ number: z.int(), answer: z.unknown() }),
  z.object({ number: z.int(), error: z.string() }),
  z.object({ outcomes: z.array(outcome) }),
]);
