import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { freePort } from '../../../scripts/lib/ports.ts';
import { makeCertificate } from '../../src/certificate.ts';
import { SharedRedis } from '../../src/shared/redis.ts';
import { run, start } from '../command.ts';
import { silent, temporaryFolder } from '../harness.ts';
import { startInstance } from '../instances.ts';
import { openDoor } from './door.ts';
import { noRedis, startRedis } from '../redis-process.ts';
import { person, register, TestSession } from '../test-client.ts';

/** Gives Redis a user, by one line as in docs/operations.md. */
async function setUser(url: string, line: string): Promise<void> {
  const client = await SharedRedis.open(url, silent);
  try {
    assert.equal(await client.command('ACL', ...line.split(' ').slice(1)), 'OK');
  } finally {
    client.close();
  }
}

/** Whoever watches somebody at one instance is told what becomes of them at the other. */
async function areOneDirectory(one: string, other: string): Promise<void> {
  const [sam, carol] = [person('Sam'), person('Carol')];
  for (const who of [sam, carol]) assert.equal((await register(one, who)).status, 201);
  const session = await TestSession.signedIn(other, carol);
  assert.ok((await session.watch(sam.identity)).every(({ online }) => !online));
  await TestSession.signedIn(one, sam);
  assert.equal((await session.next('presence')).presence.online, true);
}

describe('servers on one Redis', { skip: noRedis }, () => {
  test('reach it over TLS, as a user who may do no more than the documentation names', async (t) => {
    const documentation = await readFile(
      path.join(import.meta.dirname, '../../../docs/operations.md'),
      'utf8',
    );
    const [line = ''] = /^ACL SETUSER .*$/m.exec(documentation) ?? [];
    const { key, certificate } = await makeCertificate('localhost');
    const folder = await temporaryFolder(t);
    const [keyFile, certificateFile] = [path.join(folder, 'key.pem'), path.join(folder, 'certificate.pem')];
    await writeFile(keyFile, key);
    await writeFile(certificateFile, certificate);
    const tlsPort = await freePort();
    const tls = ['--tls-port', String(tlsPort), '--tls-auth-clients', 'no'];
    const files = ['--tls-cert-file', certificateFile, '--tls-key-file', keyFile];
    const redis = await startRedis(
      t,
      '--appendfsync',
      'no',
      ...tls,
      ...files,
      '--tls-ca-cert-file',
      certificateFile,
    );
    await setUser(redis.url, line);
    const P2P_CHAT_STORE = `rediss://p2p-chat:password@localhost:${tlsPort}/0`;
    const env = { P2P_CHAT_STORE, NODE_EXTRA_CA_CERTS: certificateFile };
    const one = await start(t, ['--port', '0'], env);
    const other = await start(t, ['--port', '0'], env);
    await areOneDirectory(one.url, other.url);
    const { stdout } = await one.end('SIGTERM');
    assert.doesNotMatch(stdout, /NOPERM|does not tell its settings/);
    await other.end('SIGTERM');
    const people = await run(['users', 'list', '--json'], env);
    assert.deepEqual([people.code, people.stderr], [0, '']);
    const back = path.join(folder, 'back');
    const home = await run(['migrate', '--from', P2P_CHAT_STORE, '--to', back], env);
    assert.equal(home.code, 0, home.stderr);
    const stranger = await run([], { P2P_CHAT_STORE });
    assert.equal(stranger.code, 1);
    assert.match(stranger.stderr, /^discovery-server: Redis cannot be used: self.signed certificate/);
    const wrong = await run([], { ...env, P2P_CHAT_STORE: P2P_CHAT_STORE.replace('password', 'horse') });
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /^discovery-server: Redis cannot be used: WRONGPASS/);
    assert.doesNotMatch(wrong.stderr, /horse/);
  });

  test('use none of what came with Redis 7 where it says that it is older', async (t) => {
    const redis = await startRedis(t, '--appendfsync', 'no');
    await setUser(redis.url, 'ACL SETUSER old on nopass ~* &* +@all -spublish -ssubscribe -sunsubscribe');
    const reword = (reply: string): string => reply.replaceAll('redis_version:7.', 'redis_version:6.');
    const door = await openDoor(t, redis.port, { reword });
    const url = door.url.replace('://', '://old:any@');
    const [one, other] = [await startInstance(t, url), await startInstance(t, url)];
    await areOneDirectory(one.url, other.url);
  });
});
