import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  DiscoveryPath,
  errorBody,
  type ErrorCode,
  health,
  registrationAnswer,
  registrationStatement,
} from '@p2p-chat/protocol/discovery';
import { generateKeyPair, signStatement } from '@p2p-chat/protocol/identity';
import { MAX_HTTP_BODY_BYTES, NONCE_TTL_MS } from '@p2p-chat/protocol/limits';
import { decodeJson } from '@p2p-chat/protocol/text';
import { memoryStore } from '../src/store/memory.ts';
import { StoreFailedError } from '../src/store/account-store.ts';
import { startHarness } from './harness.ts';
import {
  getChallenge,
  http,
  type HttpAnswer,
  person,
  postRegistration,
  register,
  registrationBody,
  registrationBodyOf,
} from './test-client.ts';

function assertRefused(answer: HttpAnswer, status: number, code: ErrorCode): string {
  assert.equal(answer.status, status, answer.text);
  const { error } = decodeJson(errorBody, answer.text);
  assert.equal(error.code, code);
  assert.doesNotMatch(answer.text, /\bat .*:\d+:\d+|node_modules/);
  return error.message;
}

describe('registration', () => {
  test('makes an account, and says so again to the same identity', async (t) => {
    const { url } = await startHarness(t);
    const sam = person('Sam');
    const first = await register(url, sam);
    assert.equal(first.status, 201);
    assert.deepEqual(decodeJson(registrationAnswer, first.text), {
      user: { name: 'Sam', identity: sam.identity },
    });
    const second = await register(url, sam);
    assert.equal(second.status, 200);
    assert.equal(second.text, first.text);
    const { accounts } = decodeJson(health, (await http(url, DiscoveryPath.health)).text);
    assert.equal(accounts, 1);
  });

  test('refuses a name that another identity has, in any case', async (t) => {
    const { url, member } = await startHarness(t);
    await member('Sam');
    const answer = await register(url, person('sam'));
    assertRefused(answer, 409, 'name-taken');
    assert.equal(decodeJson(errorBody, answer.text).error.name, undefined);
  });

  test('refuses a name that looks like another’s, and says that looks count', async (t) => {
    const { url, member } = await startHarness(t);
    await member('Bill.Moore');
    for (const name of ['bi11-moore', 'BILL_M00RE', 'Billrnoore', 'b1ll.moore']) {
      const message = assertRefused(await register(url, person(name)), 409, 'name-taken');
      assert.match(message, /looks like it/);
      assert.doesNotMatch(message, /Bill\.Moore/);
    }
    assert.equal((await register(url, person('Bill'))).status, 201);
  });

  test('refuses a second name and says which one the identity has', async (t) => {
    const { url, member } = await startHarness(t);
    const sam = await member('Sam');
    const answer = await register(url, { ...sam, name: 'Samuel' });
    assert.match(assertRefused(answer, 409, 'identity-registered'), /Sam$/);
    assert.equal(decodeJson(errorBody, answer.text).error.name, 'Sam');
  });

  test('gives a name that many want at once to exactly one', async (t) => {
    const { url } = await startHarness(t);
    const answers = await Promise.all(Array.from({ length: 12 }, () => register(url, person('Sam'))));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, ...Array<number>(11).fill(409)]);
  });

  test('refuses the signature of another key, of another name and a broken one', async (t) => {
    const { url } = await startHarness(t);
    const sam = person('Sam');
    const { privateKey } = generateKeyPair();
    const challenge = await getChallenge(url);
    const body = registrationBodyOf(sam, challenge);
    const statement = registrationStatement(challenge.binding, body.nonce, 'Sam');
    const foreign = { ...body, signature: signStatement(privateKey, statement) };
    assertRefused(await postRegistration(url, foreign), 401, 'bad-signature');
    assertRefused(await postRegistration(url, body), 401, 'stale-nonce');
    const renamed = { ...(await registrationBody(url, sam)), name: 'Eve' };
    assertRefused(await postRegistration(url, renamed), 401, 'bad-signature');
    const broken = { ...(await registrationBody(url, sam)), signature: 'AAAA' };
    assertRefused(await postRegistration(url, broken), 401, 'bad-signature');
  });

  test('refuses a nonce that was used, is too old or was never given out', async (t) => {
    const { url, clock } = await startHarness(t);
    const sam = person('Sam');
    const used = await registrationBody(url, sam);
    assert.equal((await postRegistration(url, used)).status, 201);
    assertRefused(await postRegistration(url, used), 401, 'stale-nonce');
    const old = await registrationBody(url, sam);
    clock.advance(NONCE_TTL_MS);
    assertRefused(await postRegistration(url, old), 401, 'stale-nonce');
    const foreign = { ...old, nonce: Buffer.alloc(32).toString('base64') };
    assertRefused(await postRegistration(url, foreign), 401, 'stale-nonce');
  });

  test('refuses keys of another kind', async (t) => {
    const { url } = await startHarness(t);
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    const other = Buffer.concat([spki, Buffer.alloc(91 - spki.length)]).toString('base64');
    const body = { ...(await registrationBody(url, person('Sam'))), identity: other };
    assertRefused(await postRegistration(url, body), 400, 'bad-request');
  });

  test('refuses malformed bodies and says where', async (t) => {
    const { url } = await startHarness(t);
    assertRefused(await postRegistration(url, '{"name":'), 400, 'bad-request');
    assertRefused(await postRegistration(url, ''), 400, 'bad-request');
    const body = await registrationBody(url, person('Sam'));
    for (const name of ['', 'a b', 'Sаm', 'x'.repeat(33), 7, null]) {
      assert.match(
        assertRefused(await postRegistration(url, { ...body, name }), 400, 'bad-request'),
        /^name: /,
      );
    }
    const text = await http(url, DiscoveryPath.accounts, { method: 'POST', body: JSON.stringify(body) });
    assertRefused(text, 415, 'bad-request');
  });

  test('refuses a body that is too large', async (t) => {
    const { url } = await startHarness(t);
    const large = JSON.stringify({ name: 'x'.repeat(MAX_HTTP_BODY_BYTES) });
    assertRefused(await postRegistration(url, large), 413, 'bad-request');
  });

  test('says when the directory is full', async (t) => {
    const { url, member } = await startHarness(t, { store: memoryStore(1) });
    await member('Sam');
    assertRefused(await register(url, person('Carol')), 507, 'directory-full');
  });

  test('says that it could not store, and nothing of why', async (t) => {
    const store = {
      ...memoryStore(),
      add: () => Promise.reject(new StoreFailedError('/secret/path: ENOSPC')),
    };
    const { url } = await startHarness(t, { store });
    const message = assertRefused(await register(url, person('Sam')), 503, 'unavailable');
    assert.doesNotMatch(message, /secret/);
  });
});

describe('the HTTP routes', () => {
  test('answer errors as JSON, tell nothing of the server, and are not cached', async (t) => {
    const { url } = await startHarness(t);
    assertRefused(await http(url, '/nothing'), 404, 'not-found');
    assertRefused(await http(url, '/%'), 404, 'not-found');
    assertRefused(await http(url, DiscoveryPath.session), 426, 'bad-request');
    for (const [path, method, allow] of [
      [DiscoveryPath.health, 'POST', 'GET, HEAD'],
      [DiscoveryPath.challenges, 'GET', 'POST'],
      [DiscoveryPath.accounts, 'OPTIONS', 'POST'],
    ] as const) {
      const answer = await http(url, path, { method });
      assertRefused(answer, 405, 'bad-request');
      assert.equal(answer.headers.get('allow'), allow);
      assert.equal(answer.headers.get('x-powered-by'), null);
      assert.equal(answer.headers.get('cache-control'), 'no-store');
      assert.equal(answer.headers.get('content-security-policy'), "default-src 'none'");
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    }
  });

  test('refuse web pages and names that an attacker may point here', async (t) => {
    const { url } = await startHarness(t);
    assertRefused(
      await http(url, DiscoveryPath.health, { headers: { origin: 'http://localhost' } }),
      403,
      'bad-request',
    );
    const { port } = new URL(url);
    const rebound = await http(url, DiscoveryPath.health, { headers: { host: `evil.example:${port}` } });
    assertRefused(rebound, 403, 'bad-request');
  });

  test('tell an operator that the server is well', async (t) => {
    const { url, signedIn } = await startHarness(t);
    await signedIn('Sam');
    const answer = await http(url, DiscoveryPath.health);
    assert.equal(answer.status, 200);
    const { status, accounts, online, version } = decodeJson(health, answer.text);
    assert.deepEqual({ status, accounts, online }, { status: 'ok', accounts: 1, online: 1 });
    assert.match(version, /^\d+\.\d+\.\d+/);
  });
});
