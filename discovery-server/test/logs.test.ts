import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as z from 'zod';
import { DiscoveryPath, errorBody, SESSION_PROTOCOL } from '@p2p-chat/protocol/discovery';
import { decodeJson } from '@p2p-chat/protocol/text';
import { start } from './command.ts';
import { startHarness, temporaryFolder } from './harness.ts';
import {
  http,
  newDevice,
  person,
  postRegistration,
  register,
  registrationBody,
  signInFrameOf,
  TestSession,
} from './test-client.ts';

const line = z.object({
  level: z.enum(['debug', 'info', 'warn', 'error', 'fatal']),
  time: z.iso.datetime(),
  msg: z.string(),
  request: z.string().optional(),
  user: z.string().optional(),
});

const proxy = { publicOrigin: 'https://chat.example.com', trusted: 1 };

describe('the log in JSON', () => {
  test('has one object a line with time, level and request, and of people their names alone', async (t) => {
    const data = await temporaryFolder(t);
    const joinCode = 'open-sesame-7';
    const options = ['--log-format', 'json', '--log-level', 'debug', '--join-code', joinCode];
    const running = await start(t, ['--port', '0', '--data', data, ...options]);
    const { url } = running;
    const sam = person('Sam');
    const body = await registrationBody(url, sam);
    const { status, headers } = await postRegistration(url, { ...body, joinCode });
    assert.equal(status, 201);
    const registered = headers.get('x-request-id');
    const refused = await register(url, person('Carol'), { joinCode: 'wrong-code-1' });
    const other = newDevice();
    const session = await TestSession.signedIn(url, sam, [{ address: '192.0.2.77', port: 40_123 }]);
    await session.ask({ type: 'announce', endpoints: [{ address: '2001:db8::77', port: 40_124 }] });
    await session.ask({ type: 'look-up', identity: other });
    const eve = person('Eve');
    const stranger = TestSession.connect(url);
    const challenge = await stranger.challenge();
    const frame = signInFrameOf(eve, challenge);
    stranger.send(frame);
    await stranger.closed;
    session.send('{"type":"shout","text":"a secret"}');
    await session.closed;
    await http(url, '/secret-path?token=abc');
    const { stdout } = await running.end('SIGTERM');

    const [first = '', ...rest] = stdout.trimEnd().split('\n');
    assert.match(first, /listening on http:\/\/127\.0\.0\.1/);
    const lines = [first, ...rest].map((text) => decodeJson(line, text));
    assert.ok(lines.some(({ msg, level }) => msg === 'registered Sam' && level === 'info'));
    const ofRegistration = lines.filter(({ request }) => request === registered);
    assert.deepEqual(
      ofRegistration.map(({ msg }) => msg),
      ['registered Sam', 'POST /v1/accounts: 201'],
    );
    const { request } = decodeJson(errorBody, refused.text).error;
    assert.equal(request, refused.headers.get('x-request-id'));
    assert.ok(
      lines.some(({ msg, request: its }) => its === request && msg.startsWith('refused a registration')),
    );
    const online = lines.find(({ msg }) => msg === 'Sam is online')?.request;
    assert.ok(lines.some(({ msg, request: its }) => its === online && msg === 'upgrade: 101'));

    const private_ = [
      joinCode,
      'wrong-code-1',
      'secret',
      'token',
      '127.0.0.1',
      '192.0.2.77',
      '2001:db8',
      other,
      challenge.nonce,
      body.nonce,
      ...[sam, eve].flatMap(({ identity, device }) => [identity, device]),
      ...[body, frame].flatMap(({ identity, signature }) => [identity, signature]),
    ];
    for (const text of rest) {
      for (const secret of private_) assert.ok(!text.includes(secret), `${secret} in ${text}`);
    }
  });
});

describe('a request', () => {
  test('has an id of its own in its answer, also where the answer is a refusal of an upgrade or of no HTTP', async (t) => {
    const { url } = await startHarness(t);
    const ids = new Set<string | null>();
    for (const path of [DiscoveryPath.health, DiscoveryPath.health, '/nothing', DiscoveryPath.session]) {
      ids.add((await http(url, path)).headers.get('x-request-id'));
    }
    const upgrade = await http(url, '/elsewhere', {
      headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-protocol': SESSION_PROTOCOL },
    });
    assert.equal(upgrade.status, 404);
    ids.add(upgrade.headers.get('x-request-id'));
    assert.equal(decodeJson(errorBody, upgrade.text).error.request, upgrade.headers.get('x-request-id'));
    assert.equal(ids.size, 5);
    for (const id of ids) assert.match(id ?? '', /^[0-9a-f]{20}$/);
  });

  test('keeps the id that a trusted proxy gave it, and that of nobody else', async (t) => {
    const given = 'a1b2c3d4e5f6';
    const ask = async (url: string, id: string): Promise<string | null> => {
      const headers = { 'x-request-id': id, 'x-forwarded-for': '192.0.2.1' };
      return (await http(url, DiscoveryPath.health, { headers })).headers.get('x-request-id');
    };
    const behind = await startHarness(t, { proxy });
    assert.equal(await ask(behind.url, given), given);
    for (const bent of ['short', 'x'.repeat(65), 'a b c d e f', '{"level":"error"}']) {
      assert.match((await ask(behind.url, bent)) ?? '', /^[0-9a-f]{20}$/);
    }
    const direct = await startHarness(t);
    assert.notEqual(await ask(direct.url, given), given);
  });
});
