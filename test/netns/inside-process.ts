import { pino } from 'pino';
import { exportPrivateKey, generateKeyPair } from '@p2p-chat/protocol/identity';
import { startDiscoveryServer } from '../../discovery-server/src/server.ts';
import { realParts } from '../../extension/src/peer/parts.ts';
import { createPeerService } from '../../extension/src/peer/service.ts';
import { uuidv7 } from '../../extension/src/vscode/uuid.ts';
import { quickClock } from '../../extension/test/support/quick-clock.ts';
import { TestWindow } from '../../extension/test/support/window.ts';
import { type Answers, asked, type Question } from './messages.ts';

/** A peer or a discovery server in a network namespace, with a clock that runs fast. To be forked; the test asks. */

let window: TestWindow | null = null;

function peer(): TestWindow {
  if (window === null) throw new Error('the peer is not started');
  return window;
}

type Deal = {
  [Ask in keyof Answers]: (asked: Extract<Question, { ask: Ask }>) => Promise<Answers[Ask]>;
};

const deal: Deal = {
  serve: async ({ host, folder }) => {
    const logger = pino({ level: 'silent' });
    const options = { host, port: 8000, dataDir: folder, logger, clock: quickClock } as const;
    const { url, serverKey } = await startDiscoveryServer({ ...options, tls: 'self-made' });
    if (serverKey === undefined) throw new Error('the server has no key');
    return { url, serverKey };
  },
  'go-online': async ({ name, server, serverKey, folder }) => {
    const key = (): string => exportPrivateKey(generateKeyPair());
    const service = await createPeerService(
      {
        globalStorage: folder,
        identityKey: key(),
        deviceKey: key(),
        successions: [],
        version: '0.1.0',
        proxy: { noProxy: [] },
      },
      { ...realParts, clock: quickClock },
    );
    window = new TestWindow(service);
    await window.request('goOnline', {
      server,
      name,
      listenHost: '',
      listenPort: 0,
      joinCode: null,
      byPerson: true,
      serverKey: { key: serverKey, by: 'person' },
    });
    return {};
  },
  open: async ({ name }) => {
    await peer().until(`${name} is listed`, () => peer().knows(name));
    await peer().request('openConversation', { contact: peer().idOf(name), limit: 1, byPerson: true });
    return {};
  },
  write: async ({ name, texts }) => {
    const contact = peer().idOf(name);
    await Promise.all(
      texts.map((text) => peer().request('send', { id: uuidv7(), contact, text, workspace: null })),
    );
    return {};
  },
  look: async ({ name }) => {
    const contact = peer().contacts.get(peer().idOf(name));
    const { waiting } = await peer().request('deliveryReport', { contact: peer().idOf(name) });
    const linked = peer().log.filter((line) => line.startsWith('Linked with'));
    const received = [...peer().messages.values()].filter(({ mine }) => !mine);
    return {
      path: contact?.path ?? null,
      dialled: linked.at(-1)?.includes('(dialled') === true,
      received: received.sort((a, b) => a.order - b.order).map(({ text }) => text),
      undelivered: waiting,
      log: peer().log.slice(-40),
    };
  },
};

async function answer(raw: unknown): Promise<void> {
  const { number, question } = asked.parse(raw);
  const dealWith = deal[question.ask] as (asked: Question) => Promise<object>;
  try {
    process.send?.({ number, answer: await dealWith(question) });
  } catch (error) {
    process.send?.({
      number,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
}

process.on('message', (raw) => void answer(raw));
// It is only ever killed; when the test is gone, it goes too.
process.on('disconnect', () => process.exit());
