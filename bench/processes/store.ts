import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { directConversation, importPrivateKey, fingerprintOf } from '@p2p-chat/protocol/identity';
import type { HistoryStore } from '../../extension/src/core/storage-ports.ts';
import { openHistory } from '../../extension/src/storage/history.ts';
import { uuidv7 } from '../../extension/src/vscode/uuid.ts';
import { textOf } from '../lib/figures.ts';
import { on, serve } from '../lib/serve.ts';
import { who } from '../lib/who.ts';

/** What the store alone does. */

function open(folder: string): HistoryStore {
  return openHistory(folder, (damaged) => {
    throw new Error(`damaged: ${damaged}`);
  });
}

const queries = ['nightly', 'the', 'number 77', 'not there at all', 'error 1'];

serve({
  /** Gives somebody a history of so many messages, from these contacts in turns, with its full-text index. */
  fill: on(
    z.object({ who, contacts: z.array(z.string()), messages: z.int(), bytes: z.int() }),
    ({ who: { globalStorage, identityKey }, contacts, messages, bytes }) => {
      const history = open(globalStorage);
      const self = fingerprintOf(importPrivateKey(identityKey).publicKey);
      for (const [index, contact] of contacts.entries()) {
        history.saveContact({
          identity: contact,
          server: 'http://127.0.0.1:1',
          name: `contact-${index}`,
          trust: 'unverified',
          standing: 'accepted',
          beforeBlock: null,
          changedTo: null,
          formerServers: [],
          theyReadUpTo: 0,
          muted: false,
          pinned: false,
          statusText: '',
          nearbyKey: null,
          typedEndpoint: null,
          rejected: [],
          endpoints: [],
          lastSeen: null,
          readUpTo: Number.MAX_SAFE_INTEGER,
        });
      }
      const each = 500;
      const senders = contacts.map((contact) => ({ contact, epoch: randomUUID(), next: 1 }));
      for (let count = 0; count < messages; count += each) {
        const sender = senders[(count / each) % senders.length];
        if (sender === undefined) throw new Error('no contacts');
        const { contact, epoch } = sender;
        const arrived = Array.from({ length: each }, (_, index) => ({
          envelope: {
            id: uuidv7(),
            conversation: directConversation(self, contact),
            author: contact,
            device: contact,
            epoch,
            seq: sender.next + index,
            writtenAt: Date.now(),
            kind: 'text',
            body: { text: textOf(bytes, count + index) },
          },
          held: false,
        }));
        sender.next += each;
        history.receive(contact, contact, { epoch, next: sender.next }, arrived, [], Date.now());
      }
      while (history.index() > 0);
      history.close();
      return {};
    },
  ),
  /** What opening a conversation reads, milliseconds. The file was just opened. */
  openConversation: on(z.object({ folder: z.string(), contact: z.string() }), ({ folder, contact }) => {
    const history = open(folder);
    const start = performance.now();
    history.page(contact, null, 50);
    history.summary(contact);
    history.notices(contact);
    const took = performance.now() - start;
    history.close();
    return took;
  }),
  /** The slowest of several searches, milliseconds. The file was just opened. */
  search: on(z.object({ folder: z.string() }), ({ folder }) => {
    const history = open(folder);
    const times = queries.map((text) => {
      const start = performance.now();
      history.search(text, { contact: null, limit: 50 });
      return performance.now() - start;
    });
    history.close();
    return Math.max(...times);
  }),
});
