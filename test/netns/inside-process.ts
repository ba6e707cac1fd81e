import { createSocket, type Socket } from 'node:dgram';
import { pino } from 'pino';
import { exportPrivateKey, generateKeyPair } from '@p2p-chat/protocol/identity';
import { startDiscoveryServer } from '../../discovery-server/src/server.ts';
import { localNetworks } from '../../extension/src/net/endpoints.ts';
import { MULTICAST_DNS } from '../../extension/src/net/multicast-socket.ts';
import { PeerError } from '../../extension/src/peer-api.ts';
import { realParts } from '../../extension/src/peer/parts.ts';
import { createPeerService } from '../../extension/src/peer/service.ts';
import { uuidv7 } from '../../extension/src/vscode/uuid.ts';
import { quickClock } from '../../extension/test/support/quick-clock.ts';
import { TestWindow } from '../../extension/test/support/window.ts';
import { type Answers, asked, type Question } from './messages.ts';

/** A peer or a discovery server in a network namespace, with a clock that runs fast. To be forked; the test asks. */

let window: TestWindow | null = null;
let ear: Socket | null = null;
const overheard: Answers['overheard'] = [];

const PREFERENCES = {
  acceptMessagesFrom: 'everyone',
  keepHistoryDays: 0,
  sendReadReceipts: false,
  sendTypingIndicator: false,
} as const;

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
  'go-online': async ({ name, server, serverKey, folder, keys, localDiscovery }) => {
    const key = (): string => exportPrivateKey(generateKeyPair());
    const service = await createPeerService(
      {
        globalStorage: folder,
        ...(keys ?? { identityKey: key(), deviceKey: key() }),
        successions: [],
        version: '0.1.0',
        proxy: { noProxy: [] },
      },
      { ...realParts, clock: quickClock },
    );
    window = new TestWindow(service);
    const { contacts } = await window.request('subscribe', {});
    for (const contact of contacts) window.contacts.set(contact.id, contact);
    if (localDiscovery !== undefined) await window.request('configure', { ...PREFERENCES, localDiscovery });
    const going = window.request('goOnline', {
      server,
      name,
      listenHost: '',
      listenPort: 0,
      joinCode: null,
      byPerson: true,
      serverKey: { key: serverKey, by: 'person' },
    });
    const reached = await going.then(
      () => true,
      (error: unknown) => {
        if (error instanceof PeerError && error.code === 'server-unreachable') return false;
        throw error;
      },
    );
    const { identity, device } = await window.request('ownIdentity', {});
    return { reached, identity, device };
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
  eavesdrop: async () => {
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    ear = socket;
    socket.on('message', (packet, { address }) =>
      overheard.push({ from: address, hex: packet.toString('hex') }),
    );
    await new Promise<void>((bound) => socket.bind(MULTICAST_DNS.port, bound));
    for (const { addresses } of localNetworks()) {
      socket.addMembership(MULTICAST_DNS.group, addresses[0]);
      if (addresses[0] !== undefined) socket.setMulticastInterface(addresses[0]);
    }
    return {};
  },
  overheard: () => Promise.resolve(overheard),
  shout: async ({ packets, times }) => {
    for (let time = 0; time < times; time += 1) {
      await Promise.all(packets.map((packet) => shout(Buffer.from(packet, 'hex'))));
    }
    return {};
  },
};

function shout(packet: Buffer): Promise<void> {
  // What the system cannot take is lost, as in a network.
  return new Promise((sent) => ear?.send(packet, MULTICAST_DNS.port, MULTICAST_DNS.group, () => sent()));
}

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
