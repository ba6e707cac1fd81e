import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterEach, describe, it } from 'node:test';
import { pino } from 'pino';
import { exportPrivateKey, generateKeyPair } from '@p2p-chat/protocol/identity';
import type { Cursor } from '@p2p-chat/protocol/link';
import { startDiscoveryServer } from '../../../discovery-server/src/server.ts';
import { createPeerService } from '../../src/peer/service.ts';
import { newMessageId } from '../support/envelopes.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { TestWindow } from '../support/window.ts';
import { findPython, PythonPeer } from './python-process.ts';

const python = findPython();

const running: { stop(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const part of running.splice(0).reverse()) await part.stop();
});
const started = <T extends { stop(): Promise<unknown> }>(part: T): T => {
  running.push(part);
  return part;
};

async function discovery(): Promise<string> {
  const logger = pino({ level: 'silent' });
  const dataDir = temporaryFolder();
  const server = started(await startDiscoveryServer({ host: '127.0.0.1', port: 0, dataDir, logger }));
  return `http://127.0.0.1:${server.address.port}`;
}

/** Somebody with the extension's own peer, online. */
async function person(server: string, name: string): Promise<TestWindow> {
  const service = started(
    await createPeerService({
      globalStorage: temporaryFolder(),
      identityKey: exportPrivateKey(generateKeyPair()),
      deviceKey: exportPrivateKey(generateKeyPair()),
      successions: [],
      version: '0.1.0',
      proxy: { noProxy: [] },
    }),
  );
  const window = new TestWindow(service);
  await window.request('goOnline', {
    server,
    name,
    listenHost: '127.0.0.1',
    listenPort: 0,
    joinCode: null,
    byPerson: true,
    serverKey: null,
  });
  return window;
}

function startPython(folder: string): PythonPeer {
  assert.ok('command' in python);
  return started(new PythonPeer(python.command, folder));
}

/** Of an epoch in which nobody ever counted. */
const unknownCursor = (): Cursor => ({ epoch: randomUUID(), next: 1 });

/** Pia, with the peer in Python, signed in; where it found Sam. */
async function pia(server: string, folder: string, isNew: boolean) {
  const peer = startPython(folder);
  await peer.next('ready');
  peer.tell({ do: 'register', server, name: 'Pia' });
  assert.equal((await peer.next('registered')).created, isNew);
  peer.tell({ do: 'sign-in', server, name: 'Pia' });
  await peer.next('signed-in');
  peer.tell({ do: 'find', name: 'sam' });
  const { user } = await peer.next('found');
  assert.ok(user);
  const { identity } = user;
  return {
    peer,
    identity,
    endpoints: user.endpoints,
    write: (text: string) => peer.tell({ do: 'send', identity, text }),
  };
}

const write = (from: TestWindow, to: string, text: string) =>
  from.request('send', { id: newMessageId(), contact: from.idOf(to), text, workspace: null });

const standing = (of: TestWindow, name: string, wanted: 'accepted' | 'blocked' | 'unblocked') =>
  of.request('setStanding', { contact: of.idOf(name), standing: wanted });

describe(
  'a peer written in Python from docs/protocol.md',
  {
    skip: 'missing' in python ? python.missing : false,
  },
  () => {
    it('registers, signs in, dials, and writes: a request first, a conversation once it is accepted', async () => {
      const server = await discovery();
      const sam = await person(server, 'Sam');
      const { peer, identity, write: say } = await pia(server, temporaryFolder(), true);
      peer.tell({ do: 'talk', identity });
      assert.equal((await peer.next('linked')).name, 'Sam');
      say('May I?');
      await peer.next('acknowledged');
      await sam.until('a request', () =>
        [...sam.contacts.values()].some((one) => one.standing === 'request'),
      );
      await standing(sam, 'Pia', 'accepted');
      await write(sam, 'Pia', 'You may.');
      assert.equal((await peer.next('received')).text, 'You may.');
      await sam.until('it is delivered', () => sam.states().join() === 'delivered');

      // Longer than one WebSocket frame of this peer, and of characters that JSON escapes.
      const long = '☃"\\\u0001'.repeat(5_000);
      say(long);
      say('');
      const refused = await peer.next('refused');
      assert.deepEqual([refused.seq, refused.reason], [3, 'malformed']);
      say('the end');
      await sam.until('all arrive', () => sam.texts().at(-1) === 'the end');
      await sam.request('openConversation', { contact: sam.idOf('Pia'), limit: 50, byPerson: true });
      assert.deepEqual(sam.texts(), ['May I?', 'You may.', long, 'the end']);
      // Either end asks every four seconds whether the other is there.
      await peer.next('alive');
    });

    it('loses nothing and repeats nothing when its link is cut and when it is killed with messages unacknowledged', async () => {
      const server = await discovery();
      const sam = await person(server, 'Sam');
      const folder = temporaryFolder();
      const first = await pia(server, folder, true);
      const { identity } = first;
      const proxy = started(await startTcpProxy(first.endpoints[0]?.port ?? 0));
      const endpoint = { address: '127.0.0.1', port: proxy.port };
      first.peer.tell({ do: 'talk', identity, endpoint });
      await first.peer.next('linked');
      first.write('one');
      await first.peer.next('acknowledged');
      await sam.until('a request', () => sam.knows('Pia'));
      await standing(sam, 'Pia', 'accepted');

      proxy.cut();
      await first.peer.next('closed');
      await first.peer.next('linked');
      first.write('two');
      await first.peer.next('acknowledged');

      // From here on Sam's receipts are lost on the way.
      proxy.meddle((chunk, from) => (from === 'far' ? [] : [chunk]));
      first.write('three');
      first.write('four');
      await sam.until('they arrive', () => sam.texts().length === 4);
      await first.peer.kill();
      assert.equal(first.peer.events.filter(({ event }) => event === 'acknowledged').length, 2);
      proxy.meddle(null);

      const again = await pia(server, folder, false);
      again.write('five');
      assert.equal((await again.peer.next('written')).held, true);
      again.peer.tell({ do: 'talk', identity, endpoint });
      while ((await again.peer.next('acknowledged')).next < 6);
      await sam.until('the last arrives', () => sam.texts().includes('five'));
      assert.deepEqual(sam.texts(), ['one', 'two', 'three', 'four', 'five']);
      assert.deepEqual(
        sam.notices.filter(({ kind }) => kind === 'missing'),
        [],
      );
    });

    it('acknowledges only what its disk has, and has it once, though it is killed in between', async () => {
      const server = await discovery();
      const sam = await person(server, 'Sam');
      const folder = temporaryFolder();
      const first = await pia(server, folder, true);
      first.peer.tell({ do: 'talk', identity: first.identity });
      await first.peer.next('linked');
      first.write('hello');
      await sam.until('a request', () => sam.knows('Pia'));
      await standing(sam, 'Pia', 'accepted');
      await write(sam, 'Pia', 'one');
      await first.peer.next('received');
      await sam.until('it is delivered', () => sam.states().join() === 'delivered');

      first.peer.tell({ do: 'die-before-receipt' });
      await first.peer.next('about-to-die');
      await write(sam, 'Pia', 'two');
      await first.peer.ended;
      await write(sam, 'Pia', 'three');
      assert.ok(
        sam
          .states()
          .slice(1)
          .every((state) => state !== 'delivered'),
      );

      const again = await pia(server, folder, false);
      assert.deepEqual(await again.peer.texts(), ['one', 'two']);
      again.peer.tell({ do: 'talk', identity: again.identity });
      await sam.until('all are delivered', () => sam.states().join() === 'delivered,delivered,delivered');
      assert.deepEqual(await again.peer.texts(), ['one', 'two', 'three']);
    });

    const losses: readonly ['number' | 'id', string, () => Cursor | null][] = [
      ['number', 'nothing of what it has', () => null],
      ['id', 'an epoch that nobody knows, so that the number is a new one', unknownCursor],
    ];
    for (const [by, says, received] of losses) {
      it(`drops by its ${by} what it has already, after a hello that says ${says}`, async () => {
        const server = await discovery();
        const sam = await person(server, 'Sam');
        const folder = temporaryFolder();
        const first = await pia(server, folder, true);
        first.peer.tell({ do: 'talk', identity: first.identity });
        await first.peer.next('linked');
        first.write('hello');
        await sam.until('a request', () => sam.knows('Pia'));
        await standing(sam, 'Pia', 'accepted');
        first.peer.tell({ do: 'die-before-receipt' });
        await first.peer.next('about-to-die');
        await write(sam, 'Pia', 'one');
        await first.peer.ended;

        const again = await pia(server, folder, false);
        assert.deepEqual(await again.peer.texts(), ['one']);
        again.peer.tell({ do: 'misremember', received: received() });
        again.peer.tell({ do: 'talk', identity: again.identity });
        const repeated = await again.peer.next('repeated');
        const written = [...sam.messages.values()].find(({ mine }) => mine);
        assert.deepEqual([repeated.id, repeated.by], [written?.id, by]);
        await sam.until('it is delivered', () => sam.states().join() === 'delivered');
        await write(sam, 'Pia', 'two');
        assert.equal((await again.peer.next('received')).text, 'two');
        assert.deepEqual(await again.peer.texts(), ['one', 'two']);
      });
    }

    it('sends nothing to whoever answers at an endpoint without being the one that was dialled', async () => {
      const server = await discovery();
      await person(server, 'Sam');
      const carol = await person(server, 'Carol');
      const { peer, identity, write: say } = await pia(server, temporaryFolder(), true);
      peer.tell({ do: 'find', name: 'Carol' });
      const endpoint = (await peer.next('found')).user?.endpoints[0];
      assert.ok(endpoint);
      say('for Sam alone');
      peer.tell({ do: 'talk', identity, endpoint });
      assert.equal((await peer.next('closed')).code, 4004);
      assert.equal((await peer.next('closed')).code, 4004);
      assert.deepEqual(carol.texts(), []);
    });

    it('is told 4003 when it is blocked, and goes on when it is not any longer', async () => {
      const server = await discovery();
      const sam = await person(server, 'Sam');
      const { peer, identity, write: say } = await pia(server, temporaryFolder(), true);
      peer.tell({ do: 'talk', identity });
      await peer.next('linked');
      say('hello');
      await peer.next('acknowledged');
      await sam.until('a request', () => sam.knows('Pia'));
      await standing(sam, 'Pia', 'blocked');
      assert.equal((await peer.next('closed')).code, 4003);
      say('are you there?');
      assert.equal((await peer.next('closed')).code, 4003);
      await standing(sam, 'Pia', 'unblocked');
      await peer.next('acknowledged');
      await sam.until('it arrives', () => sam.texts().includes('are you there?'));
    });
  },
);
