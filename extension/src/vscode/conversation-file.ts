import type { Contact, Message } from '../peer-api.ts';

/** Whose conversation it is. */
export interface Exported {
  readonly contact: Pick<Contact, 'id' | 'name'>;
  /** This person's own name. */
  readonly me: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A file of a conversation, piece by piece: a long one never is one string. */
export interface ConversationFormat {
  readonly begin: string;
  /** The next messages, oldest first. */
  readonly add: (messages: readonly Message[]) => string;
  readonly end: string;
}

/** Of the JSON file: another number when what it says is read in another way. */
const JSON_VERSION = 1;

/**
 * For programs: `{format, version, exportedAt, me, contact: {name, identity}, messages: [...]}`, times as ISO 8601 in UTC.
 * `text` is null for a kind that this version does not know, and once it was deleted. `replyTo` is the id of the message
 * that it replies to, null for none; `reactions` tell of each emoji whose it is.
 */
export function jsonFile({ contact, me, at }: Exported): ConversationFormat {
  const head = {
    format: 'p2p-chat-conversation',
    version: JSON_VERSION,
    exportedAt: iso(at),
    me,
    contact: { name: contact.name, identity: contact.id },
  };
  let isFirst = true;
  return {
    begin: `${JSON.stringify(head, null, 2).replace(/\n\}$/, '')},\n  "messages": [`,
    add: (messages) =>
      messages
        .map(({ id, mine, kind, text, edited, deleted, reactions, replyTo, state, ...times }) => {
          const from = mine ? 'me' : 'contact';
          const at = { writtenAt: iso(times.writtenAt), storedAt: iso(times.storedAt) };
          const became = { edited, deleted, reactions, replyTo: replyTo?.id ?? null };
          const value = { id, from, kind, text, ...at, state, ...became };
          const line = `${isFirst ? '' : ','}\n    ${JSON.stringify(value)}`;
          isFirst = false;
          return line;
        })
        .join(''),
    end: '\n  ]\n}\n',
  };
}

/** What a Markdown file says besides messages, and how it writes times. */
export interface MarkdownWords {
  readonly title: string;
  readonly newerVersion: string;
  readonly deleted: string;
  readonly edited: string;
  readonly replyTo: (beginning: string) => string;
  readonly day: (at: number) => string;
  readonly time: (at: number) => string;
}

/** For people: day by day, each message as a quotation, so that nothing in it reads as a part of the file. */
export function markdownFile({ contact, me }: Exported, words: MarkdownWords): ConversationFormat {
  let day = '';
  return {
    begin: `# ${plain(words.title)}\n`,
    add: (messages) =>
      messages
        .map(({ mine, text, edited, deleted, reactions, replyTo, storedAt }) => {
          const today = words.day(storedAt);
          const heading = today === day ? '' : `\n## ${plain(today)}\n`;
          day = today;
          const edit = edited && !deleted ? ` (${plain(words.edited)})` : '';
          const who = `**${plain(mine ? me : contact.name)}** ${plain(words.time(storedAt))}${edit}`;
          const reply = replyTo === null ? '' : `${plain(words.replyTo(replyTo.text ?? '…'))}\n\n`;
          const said = quoted(text ?? (deleted ? words.deleted : words.newerVersion));
          const below = reactions.length === 0 ? '' : `\n${reactions.map(({ emoji }) => emoji).join(' ')}\n`;
          return `${heading}\n${who}\n\n${reply}${said}\n${below}`;
        })
        .join(''),
    end: '',
  };
}

function quoted(text: string): string {
  return text
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((line) => (line === '' ? '>' : `> ${line}`))
    .join('\n');
}

/** A name or a time, whatever it is made of, as text of one line. */
function plain(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[\\`*_[\]<>#|~]/g, '\\$&');
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
