import assert from 'node:assert/strict';
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { compareVersions, makeProof, sameProof } from '../../src/peer/greeting.ts';
import { publishRendezvous, readRendezvous, removeSocket } from '../../src/peer/rendezvous.ts';
import { socketPath, type SocketEnvironment } from '../../src/peer/socket-path.ts';
import { testFolder } from './cleanup.ts';

/** Modes and socket files are Unix's. */
const unix = { skip: process.platform === 'win32' };

describe('the rendezvous', () => {
  it('is missing before the first owner, and for the owner alone to read after it', unix, async () => {
    const folder = testFolder();
    assert.equal(await readRendezvous(folder), null);
    const published = publishRendezvous(folder, '/nowhere/a.sock');
    assert.equal(published.secret.length, 32);
    assert.deepEqual(await readRendezvous(folder), published);
    assert.equal(statSync(join(folder, 'peer.secret')).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(folder), ['peer.secret']);
  });

  it('keeps its secret when the address changes', () => {
    const folder = testFolder();
    const { secret } = publishRendezvous(folder, '/nowhere/a.sock');
    assert.deepEqual(publishRendezvous(folder, '/nowhere/b.sock'), { secret, address: '/nowhere/b.sock' });
  });

  it('is made anew when it is damaged, or was readable by others', unix, async () => {
    const folder = testFolder();
    const file = join(folder, 'peer.secret');
    for (const damage of ['', '{', '{"secret":"00","address":"x"}']) {
      writeFileSync(file, damage);
      assert.equal(await readRendezvous(folder), null);
      publishRendezvous(folder, '/nowhere/a.sock');
      assert.notEqual(await readRendezvous(folder), null);
    }
    chmodSync(file, 0o644);
    publishRendezvous(folder, '/nowhere/a.sock');
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it('removes the sockets that a killed owner left, and nothing else', unix, async () => {
    const folder = testFolder();
    const address = join(folder, 'a.sock');
    const server = createServer().listen(address);
    await new Promise((resolve) => server.once('listening', resolve));
    publishRendezvous(folder, address);
    assert.equal(existsSync(address), false);
    server.close();
    writeFileSync(address, 'a file of somebody');
    removeSocket(address);
    assert.equal(existsSync(address), true);
  });
});

describe('the socket path', () => {
  const environment = (changes: Partial<SocketEnvironment>): SocketEnvironment => ({
    platform: 'linux',
    runtimeDirectory: undefined,
    temporaryDirectory: testFolder(),
    uid: process.getuid?.() ?? 0,
    ...changes,
  });

  it('is one for each global storage, short, in a private folder', unix, () => {
    const here = environment({});
    const path = socketPath('/home/sam/.config/Code/User/globalStorage/p2p-chat.p2p-chat', here);
    assert.equal(path, socketPath('/home/sam/.config/Code/User/globalStorage/p2p-chat.p2p-chat', here));
    assert.notEqual(path, socketPath('/home/carol/.config/Code/User/globalStorage/p2p-chat.p2p-chat', here));
    assert.equal(lstatSync(join(path, '..')).mode & 0o777, 0o700);
    const long = environment({ temporaryDirectory: `/tmp/${'long'.repeat(30)}` });
    assert.ok(Buffer.byteLength(`${socketPath('/any', long)}.new`) < 104);
  });

  it('lies in the runtime directory if that is private', unix, () => {
    const runtimeDirectory = testFolder();
    assert.ok(socketPath('/any', environment({ runtimeDirectory })).startsWith(runtimeDirectory));
    chmodSync(runtimeDirectory, 0o755);
    assert.ok(!socketPath('/any', environment({ runtimeDirectory })).startsWith(runtimeDirectory));
    const missing = join(runtimeDirectory, 'missing');
    assert.ok(!socketPath('/any', environment({ runtimeDirectory: missing })).startsWith(missing));
  });

  it('closes a folder that is too open, and refuses one of somebody else', unix, () => {
    const here = environment({});
    const folder = join(here.temporaryDirectory, `p2p-chat-${here.uid}`);
    mkdirSync(folder, { mode: 0o777 });
    chmodSync(folder, 0o777);
    socketPath('/any', here);
    assert.equal(lstatSync(folder).mode & 0o777, 0o700);
    const stranger = environment({ uid: here.uid + 1 });
    assert.throws(() => socketPath('/any', stranger), /somebody else/);
  });

  it('is a pipe of its own for each owner on Windows', () => {
    const windows = environment({ platform: 'win32' });
    assert.match(socketPath('/any', windows), /^\\\\\.\\pipe\\p2p-chat-[0-9a-f]{16}-[0-9a-f]{16}$/);
    assert.notEqual(socketPath('/any', windows), socketPath('/any', windows));
  });
});

describe('the greeting', () => {
  it('proves the secret, for one side and one pair of nonces', () => {
    const secret = Buffer.alloc(32, 1);
    const nonces = { window: 'a'.repeat(64), server: 'b'.repeat(64) };
    const proof = makeProof(secret, 'server', nonces);
    assert.ok(sameProof(proof, makeProof(secret, 'server', nonces)));
    assert.ok(!sameProof(proof, makeProof(secret, 'window', nonces)));
    assert.ok(!sameProof(proof, makeProof(Buffer.alloc(32, 2), 'server', nonces)));
    assert.ok(!sameProof(proof, makeProof(secret, 'server', { ...nonces, server: 'c'.repeat(64) })));
    assert.ok(!sameProof(proof, ''));
  });

  it('compares versions by number', () => {
    assert.ok(compareVersions('1.10.0', '1.9.9') > 0);
    assert.ok(compareVersions('0.9.0', '0.10.0') < 0);
    assert.equal(compareVersions('1.2', '1.2.0'), 0);
    assert.equal(compareVersions('1.2.3-beta', '1.2.3'), 0);
    assert.ok(compareVersions('2.0.0', '1.99.99') > 0);
  });
});
