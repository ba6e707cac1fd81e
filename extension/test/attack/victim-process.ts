import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { fingerprint } from '@p2p-chat/protocol/fingerprint';
import { exportPrivateKey, generateKeyPair } from '@p2p-chat/protocol/identity';
import { memoryAnswer, memoryInUse } from '../../../discovery-server/test/attack/process-memory.ts';
import type { Message } from '../../src/peer-api.ts';
import { createPeerService } from '../../src/peer/service.ts';
import { newMessageId } from '../support/envelopes.ts';
import { TestWindow } from '../support/window.ts';

/**
 * A whole peer in a process of its own, so that its memory is its own and whatever takes it down is seen. To be
 * forked as `MEASURABLE` says; it answers one question after the other.
 */

export const question = z.discriminatedUnion('ask', [
  z.object({
    ask: z.literal('go-online'),
    server: z.string(),
    globalStorage: z.string(),
    keys: z.tuple([z.string(), z.string()]).nullable(),
  }),
  /** Makes somebody in the directory a contact. */
  z.object({ ask: z.literal('befriend'), name: z.string() }),
  /** The person writes to a contact. */
  z.object({ ask: z.literal('write'), contact: fingerprint, text: z.string() }),
  z.object({ ask: z.literal('memory') }),
  z.object({ ask: z.literal('stored') }),
  z.object({ ask: z.literal('prototype') }),
  z.object({ ask: z.literal('stop') }),
]);
export type Question = z.infer<typeof question>;

export const answers = {
  'go-online': z.object({ identity: fingerprint, port: z.int() }),
  befriend: z.object({}),
  write: z.object({}),
  memory: memoryAnswer,
  stored: z.object({
    contacts: z.array(z.object({ id: fingerprint, name: z.string(), standing: z.string().optional() })),
    messages: z.record(z.string(), z.array(z.string().nullable())),
    /** Of what the person wrote, by contact. */
    states: z.record(z.string(), z.array(z.string())),
  }),
  /** What every object inherits. */
  prototype: z.array(z.string()),
  stop: z.object({}),
} as const;

type Answers = { [Ask in keyof typeof answers]: z.infer<(typeof answers)[Ask]> };

let service: Awaited<ReturnType<typeof createPeerService>> | undefined;
let window: TestWindow | undefined;

function running(): TestWindow {
  if (window === undefined) throw new Error('the victim is not online');
  return window;
}

const deal: { [Ask in keyof Answers]: (asked: Extract<Question, { ask: Ask }>) => Promise<Answers[Ask]> } = {
  'go-online': async ({ server, globalStorage, keys }) => {
    const [identityKey, deviceKey] = keys ?? [newKey(), newKey()];
    service = await createPeerService({
      globalStorage,
      identityKey,
      deviceKey,
      successions: [],
      version: '0.0.0',
      proxy: { noProxy: [] },
    });
    window = new TestWindow(service);
    await window.request('goOnline', {
      server,
      name: 'Victim',
      listenHost: '127.0.0.1',
      listenPort: 0,
      joinCode: null,
      byPerson: true,
      serverKey: null,
    });
    const { status } = window;
    if (status.kind !== 'online') throw new Error(`the victim is ${status.kind}`);
    return { identity: status.identity, port: status.endpoints[0]?.port ?? 0 };
  },
  befriend: async ({ name }) => {
    const self = running();
    await self.until(`${name} is in the directory`, () => self.knows(name));
    const contact = self.idOf(name);
    await self.request('openConversation', { contact, limit: 1, byPerson: true });
    await self.request('closeConversation', { contact });
    return {};
  },
  write: async ({ contact, text }) => {
    await running().request('send', { id: newMessageId(), contact, text, workspace: null });
    return {};
  },
  memory: memoryInUse,
  stored: async () => {
    const self = running();
    const { contacts } = await self.request('subscribe', {});
    const messages: Record<string, (string | null)[]> = {};
    const states: Record<string, string[]> = {};
    for (const { id } of contacts) {
      const page: Message[] = [];
      let before = Number.MAX_SAFE_INTEGER;
      let hasOlder = true;
      while (hasOlder) {
        const older = await self.request('loadOlder', { contact: id, before, limit: 500 });
        page.unshift(...older.messages);
        before = page[0]?.order ?? 0;
        hasOlder = older.hasOlder;
      }
      messages[id] = page.map(({ text }) => text);
      states[id] = page.filter(({ mine }) => mine).map(({ state }) => state);
    }
    return { contacts, messages, states };
  },
  prototype: () => {
    const all: string[] = [];
    for (const key in {}) all.push(key);
    return Promise.resolve([...all, ...Object.getOwnPropertyNames(Object.prototype)]);
  },
  stop: async () => {
    await service?.stop();
    return {};
  },
};

function newKey(): string {
  return exportPrivateKey(generateKeyPair());
}

/** Whoever asked is gone, without a word: nobody would end this process. */
const exit = (): void => process.exit();

async function answer(raw: unknown): Promise<void> {
  const asked = question.parse(raw);
  const dealWith = deal[asked.ask] as (asked: Question) => Promise<object>;
  process.send?.({ answer: await dealWith(asked) });
  if (asked.ask === 'stop') {
    process.off('disconnect', exit);
    process.disconnect();
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.on('message', (raw) => void answer(raw));
  process.on('disconnect', exit);
}
