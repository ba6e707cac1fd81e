import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as z from 'zod';
import type { Message } from '../../src/peer-api.ts';
import { jsonFile, markdownFile, type ConversationFormat } from '../../src/vscode/conversation-file.ts';
import { AS_WRITTEN, fakeId } from '../fake-peer.ts';
import { newMessageId } from '../support/envelopes.ts';

const carol = { id: fakeId('Carol'), name: 'Carol' };
const AT = Date.UTC(2026, 4, 14, 10, 42);
const DAY = 86_400_000;
const exported = { contact: carol, me: 'Sam', at: AT };

const words = {
  title: 'Conversation with Carol',
  newerVersion: 'This message needs a newer version of P2P Chat.',
  deleted: 'This message was deleted.',
  edited: 'edited',
  replyTo: (beginning: string) => `In reply to: ${beginning}`,
  day: (at: number) => new Date(at).toISOString().slice(0, 10),
  time: (at: number) => new Date(at).toISOString().slice(11, 16),
};

function message(order: number, text: string | null, changes: Partial<Message> = {}): Message {
  return {
    id: newMessageId(),
    contact: carol.id,
    order,
    mine: false,
    kind: 'text',
    text,
    ...AS_WRITTEN,
    writtenAt: AT,
    storedAt: AT,
    state: 'received',
    held: false,
    refused: null,
    ...changes,
  };
}

function whole({ begin, add, end }: ConversationFormat, ...pages: Message[][]): string {
  return [begin, ...pages.map(add), end].join('');
}

describe('a conversation as Markdown', () => {
  const markdown = (...pages: Message[][]): string => whole(markdownFile(exported, words), ...pages);

  it('says who said what and when, day by day, over several pages', () => {
    assert.equal(
      markdown(
        [message(1, 'hello'), message(2, 'hi', { mine: true })],
        [message(3, 'again', { storedAt: AT + DAY })],
      ),
      [
        '# Conversation with Carol\n\n## 2026-05-14\n\n**Carol** 10:42\n\n> hello\n\n**Sam** 10:42\n\n> hi\n',
        '\n## 2026-05-15\n\n**Carol** 10:42\n\n> again\n',
      ].join(''),
    );
  });

  it('keeps code as it is, within its message', () => {
    assert.match(
      markdown([message(1, 'see\n```ts\nlet a;\n\nlet b;\n```')]),
      /> see\n> ```ts\n> let a;\n>\n> let b;\n> ```\n/,
    );
  });

  it('has no line of a message that stands outside of its quotation', () => {
    const texts = ['# T\n\n\n---\r\n## U', 'a\rb', 'a\u2028# b\u2029c', '```\nnever closed', '> q\n\nend'];
    for (const text of texts) {
      const said = markdown([message(1, text)]).split('10:42\n\n')[1] ?? '';
      assert.ok(
        said
          .trimEnd()
          .split(/[\n\r\u2028\u2029]/)
          .every((line) => line.startsWith('>')),
        JSON.stringify(said),
      );
    }
  });

  it('shows a name as it is', () => {
    const file = markdownFile({ ...exported, contact: { ...carol, name: '**Eve** <b>' } }, words);
    assert.match(whole(file, [message(1, 'x')]), /\*\*\\\*\\\*Eve\\\*\\\* \\<b\\>\*\* 10:42/);
  });

  it('says what became of a message, and what it replies to', () => {
    const reply = { id: newMessageId(), mine: true, order: 1, text: 'shall *we*?' };
    const reactions = [{ emoji: '👍', mine: true, theirs: false }];
    assert.match(
      markdown([message(1, 'yes', { replyTo: reply, edited: true, reactions })]),
      /\*\*Carol\*\* 10:42 \(edited\)\n\nIn reply to: shall \\\*we\\\*\?\n\n> yes\n\n👍\n/u,
    );
    assert.match(markdown([message(1, null, { deleted: true })]), /> This message was deleted\./);
  });

  it('says where something cannot be read by this version', () => {
    assert.match(markdown([message(1, null, { kind: 'poll' })]), /> This message needs a newer version/);
  });
});

describe('a conversation as JSON', () => {
  const file = z.object({
    format: z.literal('p2p-chat-conversation'),
    version: z.literal(1),
    exportedAt: z.iso.datetime(),
    me: z.string(),
    contact: z.object({ name: z.string(), identity: z.string() }),
    messages: z.array(z.object({ from: z.enum(['me', 'contact']), text: z.string().nullable() }).loose()),
  });
  const json = (...pages: Message[][]): z.infer<typeof file> =>
    file.parse(JSON.parse(whole(jsonFile(exported), ...pages)));

  it('has everything of each message, over several pages', () => {
    const first = message(1, 'a "quoted"\n\u2028text');
    const second = message(2, null, { mine: true, kind: 'poll', state: 'delivered', writtenAt: AT - 1_000 });
    assert.deepEqual(json([first], [], [second]), {
      format: 'p2p-chat-conversation',
      version: 1,
      exportedAt: '2026-05-14T10:42:00.000Z',
      me: 'Sam',
      contact: { name: 'Carol', identity: carol.id },
      messages: [
        {
          id: first.id,
          from: 'contact',
          kind: 'text',
          text: first.text,
          writtenAt: '2026-05-14T10:42:00.000Z',
          storedAt: '2026-05-14T10:42:00.000Z',
          state: 'received',
          ...AS_WRITTEN,
        },
        {
          id: second.id,
          from: 'me',
          kind: 'poll',
          text: null,
          writtenAt: '2026-05-14T10:41:59.000Z',
          storedAt: '2026-05-14T10:42:00.000Z',
          state: 'delivered',
          ...AS_WRITTEN,
        },
      ],
    });
  });

  it('of nothing is a file too', () => {
    assert.deepEqual(json([]).messages, []);
  });
});
