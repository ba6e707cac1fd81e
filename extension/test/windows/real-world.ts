import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { pino } from 'pino';
import { exportPrivateKey, generateKeyPair } from '@p2p-chat/protocol/identity';
import { startDiscoveryServer } from '../../../discovery-server/src/server.ts';
import type { OnlineOptions, PresenceState } from '../../src/peer-api.ts';
import { readOwnerRecord } from '../../src/peer/owner-record.ts';
import { createPeerService } from '../../src/peer/service.ts';
import { TestWindow } from '../support/window.ts';
import type { Scripts } from './bundled-window.ts';
import { atEnd, testFolder } from './cleanup.ts';
import type { WindowConfig } from './fixtures/window-protocol.ts';
import { WindowProcess } from './window-process.ts';

/** A discovery server and Carol's peer in this process; Sam's windows are processes with a real peer in one of them. */
export interface RealWorld {
  readonly carol: TestWindow;
  /** How Carol saw Sam, whenever that was told. */
  readonly presences: PresenceState[];
  /** Opens a window of Sam's, which is online once this ends. */
  open(changes?: Partial<WindowConfig>): Promise<WindowProcess>;
  /** A process of Sam's that waits for being told to open its window. */
  prepare(changes?: Partial<WindowConfig>): WindowProcess;
  readonly online: OnlineOptions;
  /** Of Sam's windows the one that runs the peer, and the others. */
  ownerAmong(windows: readonly WindowProcess[]): Promise<[WindowProcess, ...WindowProcess[]]>;
}

export async function startRealWorld(scripts: Scripts): Promise<RealWorld> {
  const root = testFolder();
  const folder = (name: string): string => {
    const path = join(root, name);
    mkdirSync(path);
    return path;
  };
  const logger = pino({ level: 'silent' });
  const dataDir = folder('discovery');
  const server = await startDiscoveryServer({ host: '127.0.0.1', port: 0, dataDir, logger });
  atEnd(() => server.stop());
  const online = (name: string): OnlineOptions => ({
    server: `http://127.0.0.1:${server.address.port}`,
    name,
    listenHost: '127.0.0.1',
    listenPort: 0,
    joinCode: null,
    serverKey: null,
    byPerson: true,
  });

  const key = (): string => exportPrivateKey(generateKeyPair());
  const proxy = { noProxy: [] };
  const carols = { globalStorage: folder('carol'), identityKey: key(), deviceKey: key(), proxy };
  const service = await createPeerService({ ...carols, successions: [], version: '1.0.0' });
  atEnd(() => service.stop());
  const carol = new TestWindow(service);
  const presences: PresenceState[] = [];
  service.subscribe((name, value) => {
    if (name === 'contact' && 'presence' in value) presences.push(value.presence);
  }, {});
  await carol.request('goOnline', online('Carol'));

  const globalStorage = folder('sam');
  const sams = { globalStorage, identityKey: key(), deviceKey: key() };
  const prepare = (changes: Partial<WindowConfig> = {}): WindowProcess =>
    new WindowProcess(scripts, { ...sams, ...changes });
  return {
    carol,
    presences,
    online: online('Sam'),
    prepare,
    open: async (changes) => {
      const window = prepare(changes);
      window.tell({ type: 'start' });
      await window.request('goOnline', online('Sam'));
      return window;
    },
    ownerAmong: async (windows) => {
      const record = await readOwnerRecord(globalStorage);
      const owner = windows.find(({ pid }) => pid === record?.process);
      if (owner === undefined) throw new Error('none of these windows runs the peer');
      return [owner, ...windows.filter((window) => window !== owner)];
    },
  };
}

/** Sam and Carol talk to each other: she has accepted him, and both have the conversation open. */
export async function makeAcquainted(
  { carol }: RealWorld,
  window: WindowProcess,
): Promise<{ readonly carolsId: string; readonly samsId: string }> {
  const carolsId = (await carol.request('ownIdentity', {})).identity;
  await window.request('openConversation', { contact: carolsId, limit: 50, byPerson: true });
  window.tell({ type: 'write', contact: carolsId, texts: ['hello'] });
  await carol.until('Sam asks', () => carol.texts().includes('hello'));
  const samsId = carol.idOf('Sam');
  await carol.request('setStanding', { contact: samsId, standing: 'accepted' });
  await carol.request('openConversation', { contact: samsId, limit: 50, byPerson: true });
  await carol.until('a link', () => carol.contacts.get(samsId)?.linked === true);
  return { carolsId, samsId };
}
