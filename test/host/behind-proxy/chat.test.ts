/// <reference types="mocha" />
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { exportPrivateKey, generateKeyPair } from '@p2p-chat/protocol/identity';
import { discoveryVariable } from '../../harness/host-results.ts';
import { createPeerClient, type WindowPeerClient } from '../../../extension/src/windows/client.ts';
import type { Message } from '../../../extension/src/peer-api.ts';
import { uuidv7 } from '../../../extension/src/vscode/uuid.ts';

const server = process.env[discoveryVariable] ?? '';

describe('behind a proxy that is not there', () => {
  let folder: string;
  let carol: WindowPeerClient;

  before(async () => {
    const extension = vscode.extensions.getExtension('p2p-chat.p2p-chat');
    assert.ok(extension);
    await extension.activate();
    folder = await mkdtemp(path.join(tmpdir(), 'p2p-chat-carol-'));
    const key = (): string => exportPrivateKey(generateKeyPair());
    carol = createPeerClient({
      globalStorage: folder,
      peerScript: path.join(extension.extensionPath, 'dist', 'peer.cjs'),
      version: '0.1.0',
      secrets: () => Promise.resolve({ identityKey: key(), deviceKey: key(), successions: [] }),
      log: () => undefined,
    });
    carol.start();
  });

  after(async () => {
    await carol.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('the extension host itself reaches nothing', async () => {
    const error = await new Promise<Error | undefined>((resolve) => {
      const attempt = request('http://192.0.2.1/', () => resolve(undefined));
      attempt.on('error', resolve);
      attempt.end();
    });
    assert.match(error?.message ?? 'it reached a server', /127\.0\.0\.1:9/);
  });

  it('two peers chat all the same', async () => {
    await carol.request('goOnline', {
      server,
      name: 'Carol',
      listenHost: '127.0.0.1',
      listenPort: 0,
      joinCode: null,
      byPerson: true,
      serverKey: null,
    });
    const sam = await new Promise<string>((resolve) => {
      const look = (): void => {
        const found = carol.snapshot?.directory.people.find(({ name }) => name === 'Sam');
        if (found !== undefined) resolve(found.id);
      };
      carol.onPush('directory', look);
      look();
    });
    const delivered = new Promise<void>((resolve) => {
      carol.onPush('messages', (messages: Message[]) => {
        if (messages.some(({ state }) => state === 'delivered')) resolve();
      });
    });
    await carol.request('openConversation', { contact: sam, limit: 10, byPerson: true });
    await carol.request('send', { id: uuidv7(), contact: sam, text: 'no proxy needed', workspace: null });
    await delivered;
  });
});
