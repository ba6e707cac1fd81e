import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { pino } from 'pino';
import { DiscoveryPath } from '@p2p-chat/protocol/discovery';
import {
  exportPrivateKey,
  fingerprintOf,
  generateKeyPair,
  importPrivateKey,
  type KeyPair,
} from '@p2p-chat/protocol/identity';
import { openIdentity, sealIdentity } from '@p2p-chat/protocol/identity-file';
import { MAX_REQUEST_MESSAGES } from '@p2p-chat/protocol/limits';
import { makeSuccession } from '@p2p-chat/protocol/succession';
import { type DiscoveryServerOptions, startDiscoveryServer } from '../../../discovery-server/src/server.ts';
import { StoreFailedError } from '../../../discovery-server/src/store/account-store.ts';
import { memoryStore } from '../../../discovery-server/src/store/memory.ts';
import { http } from '../../../discovery-server/test/connection.ts';
import {
  person,
  postRegistration,
  register,
  registrationBody,
  signInFrameOf,
  TestSession,
} from '../../../discovery-server/test/test-client.ts';
import type { OnlineOptions } from '../../src/peer-api.ts';
import { createPeerService } from '../../src/peer/service.ts';
import type { PeerServiceOptions } from '../../src/peer/service-types.ts';
import { openLink } from '../attack/raw-link.ts';
import { Writer } from '../attack/writer.ts';
import { makeDevice } from '../support/devices.ts';
import { startEcho } from '../support/echo-server.ts';
import { newMessageId } from '../support/envelopes.ts';
import { converse, conversePlainly, tlsOf } from '../support/raw-tls.ts';
import { selfMade } from '../support/server-certificates.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { TestWindow } from '../support/window.ts';

const TEXT = 'a text that is for one person 4f6b1d';
const CODE = 'join-code-8e21';
const WRONG_CODE = 'other-code-77aa';
const PASSPHRASE = 'a passphrase 90c3';

/** An ECDSA signature of P-256 as base64 of DER. */
const SIGNATURE = /ME[A-Z]C[A-Za-z0-9+/]{60}/;

/** One line that a person would read. */
const SHORT_LINE = /^[^\p{Cc}]{1,500}$/u;

/** All that is logged in a test, and all that must not be. */
class Watch {
  readonly lines: string[] = [];
  /** Everything that people and servers keep on a disk. */
  readonly folders: string[] = [];
  readonly secrets = new Map<string, string>([
    ['the text', TEXT],
    ['the join code', CODE],
    ['a wrong join code', WRONG_CODE],
    ['a passphrase', PASSPHRASE],
  ]);

  /** @param pem a private key, PKCS#8 */
  keepKey(what: string, pem: string): string {
    const body = pem.split('\n').filter((line) => line !== '' && !line.startsWith('-----'));
    for (const [index, line] of body.entries()) this.secrets.set(`${what}, line ${index + 1}`, line);
    const { d } = importPrivateKey(pem).privateKey.export({ format: 'jwk' });
    assert.ok(d !== undefined);
    for (const form of ['base64', 'base64url', 'hex'] as const) {
      // What comes before it may shift it by some bits, so that its last digits are others.
      this.secrets.set(`${what} as ${form}`, Buffer.from(d, 'base64url').toString(form).slice(0, 40));
    }
    return pem;
  }

  check(): void {
    for (const line of this.lines) {
      for (const [what, secret] of this.secrets) assert.ok(!line.includes(secret), `${what} is in: ${line}`);
      assert.doesNotMatch(line, SIGNATURE);
    }
  }

  /** That no file has a key but the one that is the server's own. */
  checkFiles(): void {
    const keys = [...this.secrets].filter(
      ([what]) => what.includes('identity key') || what.includes('device key'),
    );
    assert.ok(keys.length > 0);
    for (const folder of this.folders) {
      const files = readdirSync(folder);
      assert.ok(files.length > 0, folder);
      for (const file of files) {
        const content = readFileSync(join(folder, file));
        for (const [what, secret] of keys) assert.ok(!content.includes(secret), `${what} is in ${file}`);
      }
    }
  }

  /** That something was logged of this at all. */
  heard(what: RegExp): void {
    assert.ok(
      this.lines.some((line) => what.test(line)),
      `${what} is in no line of:\n${this.lines.join('\n')}`,
    );
  }
}

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of running.splice(0).reverse()) await part.stop();
});
const started = <T extends { stop(): Promise<void> }>(part: T): T => {
  running.push(part);
  return part;
};

async function discovery(watch: Watch, changes: Partial<DiscoveryServerOptions> = {}) {
  const dataDir = temporaryFolder();
  watch.folders.push(dataDir);
  const logger = pino({ level: 'trace' }, { write: (line: string) => watch.lines.push(line.trimEnd()) });
  const options = { host: '127.0.0.1', port: 0, dataDir, tls: 'self-made', joinCode: CODE, logger } as const;
  const server = started(await startDiscoveryServer({ ...options, ...changes }));
  if (!('store' in changes)) {
    watch.keepKey("the server's key", readFileSync(join(dataDir, 'tls-key.pem'), 'utf8'));
  }
  return { url: server.url, key: server.serverKey ?? assert.fail('it has a key') };
}

function installation(watch: Watch, whose: string): PeerServiceOptions {
  const key = (what: string): string =>
    watch.keepKey(`${whose} ${what} key`, exportPrivateKey(generateKeyPair()));
  const keys = { identityKey: key('identity'), deviceKey: key('device'), successions: [] };
  const globalStorage = temporaryFolder();
  watch.folders.push(globalStorage);
  return { globalStorage, ...keys, version: '0.1.0', proxy: { noProxy: [] } };
}

/** A peer whose log is kept, and whatever its requests fail with, since a window logs that. */
async function peer(watch: Watch, of: PeerServiceOptions) {
  const service = started(await createPeerService(of));
  service.subscribe((push, value) => {
    if (push === 'log' && 'text' in value) watch.lines.push(value.text);
  }, watch);
  const window = new TestWindow(service);
  const fails = async (request: Promise<unknown>): Promise<void> => {
    const reason: unknown = await request.then(
      () => assert.fail('it went through'),
      (error: unknown) => error,
    );
    assert.ok(reason instanceof Error);
    watch.lines.push(`${reason.message} ${reason.stack ?? ''}`);
  };
  const stop = async (): Promise<void> => {
    running.splice(running.indexOf(service), 1);
    await service.stop();
  };
  return { window, fails, stop };
}

function online(
  { url, key }: { url: string; key: string },
  name: string,
  joinCode: string | null,
): OnlineOptions {
  const listening = { listenHost: '127.0.0.1', listenPort: 0 };
  return { server: url, name, ...listening, joinCode, serverKey: { key, by: 'person' }, byPerson: true };
}

const write = (from: TestWindow, contact: string, text = TEXT): Promise<unknown> =>
  from.request('send', { id: newMessageId(), contact, text, workspace: null });

const identityOf = (pair: KeyPair): string => fingerprintOf(pair.publicKey);

/** Wrong codes, a request, refusals, a block, a new identity: all that two people and their server may log. */
async function twoPeople(watch: Watch): Promise<void> {
  const server = await discovery(watch);
  const sams = installation(watch, 'Sam’s');
  const [sam, carol] = [await peer(watch, sams), await peer(watch, installation(watch, 'Carol’s'))];
  await sam.fails(sam.window.request('goOnline', online(server, 'Sam', WRONG_CODE)));
  await sam.window.request('goOnline', online(server, 'Sam', CODE));
  await carol.window.request('goOnline', online(server, 'Carol', CODE));
  await sam.window.until('Sam sees Carol', () => sam.window.knows('Carol'));
  const [carolId, samId] = [sam.window.idOf('Carol'), identityOf(importPrivateKey(sams.identityKey))];
  await sam.window.request('openConversation', { contact: carolId, limit: 50, byPerson: true });
  for (let count = 0; count <= MAX_REQUEST_MESSAGES; count += 1) await write(sam.window, carolId);
  await sam.window.until('the last is refused', () => sam.window.states().includes('refused'));
  await carol.window.request('setStanding', { contact: samId, standing: 'accepted' });
  await carol.window.request('openConversation', { contact: samId, limit: 50, byPerson: true });
  await write(carol.window, samId);
  await carol.window.until('it is delivered', () => carol.window.states().includes('delivered'));
  await carol.fails(write(carol.window, samId, TEXT.repeat(1_000)));
  await carol.fails(write(carol.window, 'f'.repeat(64)));
  await sam.stop();
  const next = generateKeyPair();
  const succession = makeSuccession(importPrivateKey(sams.identityKey), next);
  const identityKey = watch.keepKey('the next identity key', exportPrivateKey(next));
  const again = await peer(watch, { ...sams, identityKey, successions: [succession] });
  await again.window.request('goOnline', online(server, 'Sam', null));
  await carol.window.until('Carol follows', () => carol.window.contacts.has(identityOf(next)));
  const nextId = identityOf(next);
  await write(carol.window, nextId);
  await again.window.until('it arrives', () => again.window.texts().includes(TEXT));
  await carol.window.request('setStanding', { contact: nextId, standing: 'blocked' });
  await carol.fails(write(carol.window, nextId));
  await write(again.window, carolId);
  await again.window.until('it is held', () => again.window.states().includes('held'));
}

describe('no log, at any level, has a text, a join code, a private key, a signature or a passphrase', () => {
  it('of two people and their server: wrong codes, a request, refusals, a block, a new identity', async () => {
    const watch = new Watch();
    await twoPeople(watch);
    watch.check();
    for (const what of [
      /registered Sam/,
      /refused a registration/,
      /has another identity now/,
      /Linked with/,
    ]) {
      watch.heard(what);
    }
  });

  it('of a peer that strangers send broken, huge and foreign things', async () => {
    const watch = new Watch();
    const server = await discovery(watch);
    const sam = await peer(watch, installation(watch, 'Sam’s'));
    await sam.window.request('goOnline', online(server, 'Sam', CODE));
    const { identity } = await sam.window.request('ownIdentity', {});
    const keys = generateKeyPair();
    await register(server.url, { name: 'Mallory', keys }, { joinCode: CODE });
    const session = await TestSession.signedIn(server.url, person('Mallory', keys));
    const port = (await session.lookUp(identity))?.endpoints[0]?.port ?? assert.fail('Sam is reachable');
    // Of a contact there is a line for each link.
    await sam.window.until('Sam sees Mallory', () => sam.window.knows('Mallory'));
    const mallory = sam.window.idOf('Mallory');
    await sam.window.request('openConversation', { contact: mallory, limit: 50, byPerson: true });
    const device = await makeDevice(keys);
    const tls = tlsOf(device.credentials);
    await conversePlainly(port, `${TEXT}\r\n\r\n`);
    await converse(port, tls, `GET /${encodeURIComponent(TEXT)}\r\nx: ${TEXT}\r\n\r\n${TEXT}`);

    const writer = new Writer(device, { port, identity });
    const said = (...frames: object[]): string[] => [writer.hello(), ...frames].map((f) => JSON.stringify(f));
    const forged = `${TEXT}\n2026-01-01 00:00:00.000 [error] a line that the peer never wrote`;
    const forging = writer.envelope('', 1, { body: { [forged.repeat(1_000)]: 'wrong' } });
    const broken: (string | Buffer)[][] = [
      [`{"type":"hello","${TEXT}`],
      [TEXT],
      [Buffer.from(TEXT)],
      said({ type: TEXT }),
      said({ type: 'receipt', [TEXT]: TEXT, epoch: TEXT, next: TEXT, refused: [{ seq: 1, reason: TEXT }] }),
      said(writer.begin(), writer.messages(writer.envelope(TEXT, 7))),
      said(writer.begin(), writer.messages(writer.envelope(TEXT, 1, { author: TEXT }))),
      said({ type: 'begin', epoch: TEXT, next: 1 }),
      said({ ...writer.hello(), agent: TEXT }),
      said({ type: 'messages', messages: [{ envelope: TEXT.repeat(10_000), held: false }] }),
      [...said(writer.begin()), JSON.stringify(writer.messages(forging)).replace('"wrong"', '1e400')],
    ];
    for (const frames of broken) {
      const link = await openLink(port, device.credentials);
      for (const frame of frames) link.ws.send(frame);
      await link.closed();
    }
    const impolite = await openLink(port, device.credentials);
    for (const frame of said(writer.begin(), writer.messages(writer.envelope(TEXT)))) impolite.ws.send(frame);
    await impolite.heard.first((event) => event.kind === 'frame' && event.frame.type === 'receipt');
    impolite.ws.close(4000, TEXT);
    await impolite.closed();
    await sam.window.until(
      'Sam has seen it go',
      () => sam.window.contacts.get(identityOf(keys))?.linked === false,
    );

    watch.check();
    for (const line of watch.lines) assert.match(line, SHORT_LINE);
    for (const what of [
      /An incoming connection was refused/,
      /Linked with Mallory/,
      /closed: 4002/,
      /closed: 4000/,
    ]) {
      watch.heard(what);
    }
  });

  it('of a server that strangers send broken and wrong things, and whose disk fails', async () => {
    const watch = new Watch();
    const { url } = await discovery(watch);
    const mallory = person('Mallory');
    await http(url, `/${encodeURIComponent(TEXT)}?code=${CODE}`, { headers: { 'x-code': CODE } });
    await postRegistration(url, `{"joinCode":"${CODE}","name":"${TEXT}`);
    await postRegistration(url, { joinCode: CODE, name: TEXT });
    await register(url, mallory, { joinCode: WRONG_CODE });
    const body = await registrationBody(url, mallory);
    await postRegistration(url, { ...body, name: 'Somebody', joinCode: CODE });
    await register(url, mallory, { joinCode: CODE });
    for (const frame of [`{"type":"sign-in","${TEXT}`, { type: TEXT, [TEXT]: CODE }]) {
      const session = TestSession.connect(url);
      await session.challenge();
      session.send(frame);
      await session.closed;
    }
    const other = TestSession.connect(url);
    other.send(signInFrameOf(mallory, { ...(await other.challenge()), binding: 'of another server' }));
    assert.equal((await other.closed).code, 4401);
    const goodbye = await TestSession.signedIn(url, mallory);
    goodbye.socket.close(4000, TEXT);
    await goodbye.closed;

    for (const error of [new StoreFailedError('ENOSPC'), new TypeError('unforeseen')]) {
      const store = { ...memoryStore(), add: () => Promise.reject(error) };
      const failing = await discovery(watch, { store });
      assert.ok((await register(failing.url, mallory, { joinCode: CODE })).status >= 500);
    }
    assert.equal((await http(url, DiscoveryPath.health)).status, 200);

    watch.check();
    for (const what of [
      /refused a registration/,
      /refused a frame/,
      /bad signature/,
      /ENOSPC/,
      /unforeseen/,
    ]) {
      watch.heard(what);
    }
  });

  it('of a peer whose server says back whatever it hears', async () => {
    const watch = new Watch();
    const certificate = await selfMade();
    const echo = started(await startEcho(certificate));
    const server = { url: echo.url.origin, key: certificate.fingerprint };
    const sam = await peer(watch, installation(watch, 'Sam’s'));
    for (const answer of ['refusal', 'failure', 'nonsense'] as const) {
      echo.answer = answer;
      await sam.fails(sam.window.request('goOnline', online(server, 'Sam', CODE)));
    }
    for (const answer of ['close', 'welcome'] as const) {
      echo.answer = answer;
      await sam.window.request('goOnline', online(server, 'Sam', CODE));
      await sam.window.until('the session is closed', () => sam.window.status.kind === 'problem');
    }
    watch.check();
    watch.heard(/No session with/);
    assert.ok(echo.said.some((text) => text.includes(CODE)));
    assert.ok(echo.said.some((text) => SIGNATURE.test(text)));
  });

  it('of an exported identity that is opened with a wrong passphrase', async () => {
    const watch = new Watch();
    const pair = generateKeyPair();
    watch.keepKey('the key', exportPrivateKey(pair));
    const sealed = await sealIdentity(pair, 'the right one');
    await assert.rejects(openIdentity(sealed, PASSPHRASE), (error: Error) => {
      watch.lines.push(error.message, error.stack ?? '');
      return true;
    });
    watch.check();
    watch.heard(/passphrase/i);
  });
});

describe('no file has a private key of a person', () => {
  it('neither one of their own nor one of their discovery server', async () => {
    const watch = new Watch();
    await twoPeople(watch);
    watch.checkFiles();
    assert.equal(watch.folders.length, 3);
  });
});
