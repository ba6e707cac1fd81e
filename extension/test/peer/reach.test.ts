import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { pino } from 'pino';
import { exportPrivateKey, generateKeyPair } from '@p2p-chat/protocol/identity';
import { startDiscoveryServer } from '../../../discovery-server/src/server.ts';
import { DialError } from '../../src/core/net-ports.ts';
import { realParts } from '../../src/peer/parts.ts';
import { createPeerService } from '../../src/peer/service.ts';
import { newMessageId } from '../support/envelopes.ts';
import { quickClock } from '../support/quick-clock.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { TestWindow } from '../support/window.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of running.splice(0).reverse()) await part.stop();
});
const started = <T extends { stop(): Promise<void> }>(part: T): T => {
  running.push(part);
  return part;
};

/** A whole peer on real sockets and disks, with a firewall before what it dials. */
interface Somebody {
  readonly window: TestWindow;
  /** By which others are dialled. */
  road: TcpProxy | null;
  isBlocked: boolean;
  /** Dials that led to somebody. */
  reached: number;
  port: number;
}

/** A discovery server that speaks HTTPS with a certificate of its own making. */
async function discovery() {
  const server = await startDiscoveryServer({
    host: '127.0.0.1',
    port: 0,
    dataDir: temporaryFolder(),
    tls: 'self-made',
    logger: pino({ level: 'silent' }),
    clock: quickClock,
  });
  return started(server);
}

async function somebody(
  name: string,
  server: { readonly url: string; readonly serverKey: string | undefined },
): Promise<Somebody> {
  const person = { road: null, isBlocked: false, reached: 0, port: 0 } as Omit<Somebody, 'window'>;
  const service = started(
    await createPeerService(
      {
        globalStorage: temporaryFolder(),
        identityKey: exportPrivateKey(generateKeyPair()),
        deviceKey: exportPrivateKey(generateKeyPair()),
        successions: [],
        version: '0.1.0',
        proxy: { noProxy: [] },
      },
      {
        ...realParts,
        clock: quickClock,
        createDialer: (options) => {
          const dialer = realParts.createDialer(options);
          return {
            dial: async (identity, endpoints, signal, ended) => {
              if (person.isBlocked || endpoints.length === 0) throw new DialError([]);
              const way = { address: '127.0.0.1', port: person.road?.port ?? 0 };
              const channel = await dialer.dial(identity, [way], signal, ended);
              person.reached += 1;
              return channel;
            },
            through: (...wanted) => dialer.through(...wanted),
          };
        },
        createListener: (options) => {
          const listener = realParts.createListener(options);
          return {
            start: async () => {
              const { port } = await listener.start();
              person.port = port;
              return { port };
            },
            join: (stream) => listener.join(stream),
            stop: () => listener.stop(),
          };
        },
      },
    ),
  );
  const window = new TestWindow(service);
  await window.request('goOnline', {
    server: server.url,
    name,
    listenHost: '127.0.0.1',
    listenPort: 0,
    joinCode: null,
    byPerson: true,
    serverKey: { key: server.serverKey ?? assert.fail('it has a key'), by: 'person' },
  });
  return Object.assign(person, { window });
}

describe('two peers with a firewall between them', () => {
  it('have each message delivered once while the way between them changes in the middle of a thousand', async () => {
    const server = await discovery();
    const [sam, carol] = [await somebody('Sam', server), await somebody('Carol', server)];
    sam.road = started(await startTcpProxy(() => carol.port));
    carol.road = started(await startTcpProxy(() => sam.port));
    const texts: string[] = [];
    const [about, backAbout] = [() => sam.window.idOf('Carol'), () => carol.window.idOf('Sam')];
    const path = (): unknown => sam.window.contacts.get(about())?.path;
    const cut = (): void => {
      for (const { road } of [sam, carol]) road?.cut();
    };
    const write = async (count: number): Promise<void> => {
      const written = Array.from({ length: count }, () => {
        texts.push(`message ${texts.length}`);
        const text = texts.at(-1) ?? '';
        return sam.window.request('send', { id: newMessageId(), contact: about(), text, workspace: null });
      });
      await Promise.all(written);
    };
    /** A thousand messages, with something that happens to the way in the middle. */
    const thousand = async (change: () => void): Promise<void> => {
      for (let part = 0; part < 10; part += 1) {
        const writing = write(100);
        if (part === 4) change();
        await writing;
      }
    };
    const arrived = (): Promise<void> =>
      carol.window.until('all is there', () => carol.window.messages.size === texts.length);

    await sam.window.until('Carol is listed', () => sam.window.knows('Carol'));
    await sam.window.request('openConversation', { contact: about(), limit: 1, byPerson: true });
    await sam.window.until('there is a link', () => path() === 'direct');
    await write(1);
    await carol.window.until('it is there', () => carol.window.messages.size === 1);
    await carol.window.request('setStanding', { contact: backAbout(), standing: 'accepted' });

    const before = carol.reached;
    await thousand(() => {
      sam.isBlocked = true;
      cut();
    });
    await arrived();
    assert.equal(path(), 'direct');
    assert.ok(carol.reached > before, 'Carol dialled back');

    await thousand(() => {
      carol.isBlocked = true;
      cut();
    });
    await arrived();
    assert.equal(path(), 'relayed');
    const report = await sam.window.request('deliveryReport', { contact: about() });
    assert.equal(report.path, 'relayed');

    const direct = sam.reached;
    await thousand(() => (sam.isBlocked = false));
    await arrived();
    await sam.window.until('the relay is not needed any longer', () => path() === 'direct');
    assert.ok(sam.reached > direct);
    await write(1);
    await arrived();
    assert.deepEqual(carol.window.texts(), texts);
    await sam.window.until('Sam knows it', () => sam.window.states().every((state) => state === 'delivered'));
  });
});
