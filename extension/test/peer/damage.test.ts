import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import {
  exportPrivateKey,
  fingerprintOf,
  generateKeyPair,
  importPrivateKey,
} from '@p2p-chat/protocol/identity';
import { createPeerService } from '../../src/peer/service.ts';
import { PeerError } from '../../src/peer-api.ts';
import { openHistory } from '../../src/storage/history.ts';
import { openOutbox } from '../../src/storage/outbox.ts';
import { damagePage, damageRow } from '../support/damage.ts';
import { fingerprintNamed, newMessageId } from '../support/envelopes.ts';
import { smallDisk } from '../support/small-disk.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { TestWindow } from '../support/window.ts';

const CAROL = fingerprintNamed('Carol');
const failed = (words: string) => (error: unknown) =>
  error instanceof PeerError && error.code === 'storage-failed' && error.message.includes(words);
const unexpected = (damaged: string): void => assert.fail(`put aside: ${damaged}`);

const running = new Set<{ stop(): Promise<void> }>();
afterEach(async () => {
  for (const each of running) await each.stop();
  running.clear();
});

/** Sam's installation, over several runs of the peer. */
class Sam {
  readonly globalStorage = temporaryFolder();
  /** Files in which a running peer found damage. */
  readonly found: string[] = [];
  readonly #identityKey = exportPrivateKey(generateKeyPair());
  readonly #deviceKey = exportPrivateKey(generateKeyPair());

  get history(): string {
    return join(this.globalStorage, 'chat.db');
  }

  async start(): Promise<TestWindow & { stop(): Promise<void> }> {
    const service = await createPeerService({
      globalStorage: this.globalStorage,
      identityKey: this.#identityKey,
      deviceKey: this.#deviceKey,
      successions: [],
      version: '0.0.0',
      proxy: { noProxy: [] },
      onDamage: (path) => this.found.push(path),
    });
    running.add(service);
    const stop = async (): Promise<void> => {
      if (running.delete(service)) await service.stop();
    };
    return Object.assign(new TestWindow(service), { stop });
  }

  /** A run in which a text is written to Carol, who is away. Returns the message's id. */
  async write(text: string, workspace: string | null = null): Promise<string> {
    const window = await this.start();
    const server = 'http://127.0.0.1:8000';
    await window.request('addContact', { identity: CAROL, name: 'Carol', server });
    const id = newMessageId();
    const { state } = await window.request('send', { id, contact: CAROL, text, workspace });
    assert.equal(state, 'held');
    await window.stop();
    return id;
  }

  /** The texts that wait, by what the history says and by what lies in an outbox. */
  waiting(folder = this.globalStorage): { history: unknown[]; outbox: unknown[] } {
    const history = openHistory(this.globalStorage, unexpected);
    const outbox = openOutbox(folder, unexpected);
    try {
      return {
        history: history.undelivered().map(({ envelope }) => envelope.body['text']),
        outbox: outbox.all().map(({ envelope }) => envelope.body['text']),
      };
    } finally {
      history.close();
      outbox.close();
    }
  }

  get author(): string {
    return fingerprintOf(importPrivateKey(this.#identityKey).publicKey);
  }
}

const snapshotOf = (window: TestWindow) => window.request('subscribe', {});

function nameOf(path: string): string {
  return /[^/\\]+$/.exec(path)?.[0] ?? '';
}

describe('a peer whose files are damaged', () => {
  for (const [kind, damage] of [
    ['a bad page', damagePage],
    ['a bad row', damageRow],
  ] as const) {
    it(`starts when its history has ${kind}: that is put aside, told, and what waits is still to be sent`, async () => {
      const sam = new Sam();
      damage(sam.history, await sam.write('held before the damage'));
      const window = await sam.start();
      const { damagedFiles } = await snapshotOf(window);
      assert.deepEqual(
        damagedFiles.map(nameOf),
        readdirSync(sam.globalStorage).filter((name) => name.includes('damaged')),
      );
      assert.match(damagedFiles[0] ?? '', /chat\.db\.damaged-/);
      await window.stop();
      assert.deepEqual(sam.waiting(), {
        history: ['held before the damage'],
        outbox: ['held before the damage'],
      });
      assert.deepEqual(
        (await snapshotOf(await sam.start())).damagedFiles,
        [],
        'the next run has nothing to tell',
      );
    });

    it(`starts when its history has ${kind}, and knows of the workspaces that are closed: what waits there is still to be sent`, async () => {
      const sam = new Sam();
      const workspace = temporaryFolder();
      damage(sam.history, await sam.write('held in a workspace', workspace));
      await (await sam.start()).stop();
      assert.deepEqual(sam.waiting(workspace), {
        history: ['held in a workspace'],
        outbox: ['held in a workspace'],
      });
    });

    it(`starts when a workspace's outbox has ${kind}: what lay there goes to the global one`, async () => {
      const sam = new Sam();
      const workspace = temporaryFolder();
      damage(join(workspace, 'outbox.db'), await sam.write('written in a workspace', workspace));
      const window = await sam.start();
      const { damagedFiles } = await snapshotOf(window);
      assert.equal(damagedFiles.length, 1);
      assert.ok(damagedFiles[0]?.startsWith(join(workspace, 'outbox.db.damaged-')));
      await window.stop();
      assert.deepEqual(sam.waiting(), {
        history: ['written in a workspace'],
        outbox: ['written in a workspace'],
      });
    });
  }

  it('says so when damage shows in use, and the next run goes on without the file', async () => {
    const sam = new Sam();
    const ids = [await sam.write('an older message'), await sam.write('the newest, which a start looks at')];
    const history = openHistory(sam.globalStorage, unexpected);
    history.settle(
      sam.author,
      ids.map((id) => ({ id, state: 'delivered', refused: null, isChange: false })),
    );
    history.close();
    const outbox = openOutbox(sam.globalStorage, unexpected);
    outbox.remove(ids, 'now');
    outbox.close();
    damageRow(sam.history, ids[0] ?? '');
    const window = await sam.start();
    assert.deepEqual((await snapshotOf(window)).damagedFiles, []);
    const opening = { contact: CAROL, limit: 50, byPerson: true };
    await assert.rejects(window.request('openConversation', opening), failed(sam.history));
    await assert.rejects(window.request('openConversation', opening), failed(sam.history));
    assert.deepEqual(sam.found, [sam.history], 'once');
    await window.stop();
    const { damagedFiles } = await snapshotOf(await sam.start());
    assert.equal(damagedFiles.length, 1);
  });

  it('tells windows that are there when the file of a workspace that they add is none of its own', async () => {
    const sam = new Sam();
    const workspace = temporaryFolder();
    writeFileSync(join(workspace, 'outbox.db'), 'something else');
    const window = await sam.start();
    await window.request('addWorkspace', { workspace });
    assert.equal(window.damagedFiles.length, 1);
    assert.ok(window.damagedFiles[0]?.startsWith(join(workspace, 'outbox.db.damaged-')));
    assert.deepEqual((await snapshotOf(window)).damagedFiles, window.damagedFiles);
    assert.deepEqual(sam.found, [], 'nothing to start anew for');
  });

  it('says so when a workspace that is added has a bad page', async () => {
    const sam = new Sam();
    const workspace = temporaryFolder();
    const path = join(workspace, 'outbox.db');
    damagePage(path, await new Sam().write('from another time', workspace));
    const window = await sam.start();
    await window.request('addWorkspace', { workspace });
    assert.deepEqual(sam.found, [path]);
  });
});

describe('a peer whose disk is full', () => {
  it('refuses to send with what to do about it, and takes the same message once there is room', async (t) => {
    const disk = smallDisk(512);
    if (typeof disk === 'string') return t.skip(disk);
    try {
      const sam = new Sam();
      const window = await sam.start();
      await window.request('addContact', { identity: CAROL, name: 'Carol', server: 'http://127.0.0.1:8000' });
      const message = { contact: CAROL, text: 'a long text '.repeat(2_000), workspace: disk.folder };
      await window.request('send', { id: newMessageId(), ...message });
      disk.fill();
      const again = { id: newMessageId(), ...message };
      await assert.rejects(window.request('send', again), failed('The disk is full'));
      disk.makeRoom();
      assert.equal((await window.request('send', again)).state, 'held');
      await window.stop();
      assert.equal(sam.waiting(disk.folder).outbox.length, 2);
      assert.equal(sam.waiting(disk.folder).history.length, 2);
    } finally {
      for (const each of running) await each.stop();
      running.clear();
      disk.remove();
    }
  });
});
