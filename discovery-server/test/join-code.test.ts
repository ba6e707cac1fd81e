import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Writable } from 'node:stream';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import { errorBody } from '@p2p-chat/protocol/discovery';
import { decodeJson } from '@p2p-chat/protocol/text';
import { JoinCode, readJoinCode } from '../src/join-code.ts';
import { JoinCodeFileError } from '../src/errors.ts';
import { run, start } from './command.ts';
import { startHarness, temporaryFolder } from './harness.ts';
import { type HttpAnswer, person, register, TestSession } from './test-client.ts';

const joinCode = 'open sesame 7';

describe('a server with a join code', () => {
  test('makes an account with the code, and refuses a missing and a wrong one alike', async (t) => {
    const { url } = await startHarness(t, { joinCode });
    const missing = await register(url, person('Sam'));
    const wrong = await register(url, person('Sam'), { joinCode: 'open sesame 8' });
    assert.equal(missing.status, 403);
    assert.match(missing.text, /"code":"join-code"/);
    assert.deepEqual(sayingOf(wrong), sayingOf(missing));
    assert.equal((await register(url, person('Sam'), { joinCode })).status, 201);
  });

  test('asks nobody who has an account already', async (t) => {
    const { url } = await startHarness(t, { joinCode });
    const sam = person('Sam');
    assert.equal((await register(url, sam, { joinCode })).status, 201);
    assert.equal((await register(url, sam)).status, 200);
    assert.equal((await register(url, sam, { joinCode: 'wrong' })).status, 200);
    await TestSession.signedIn(url, sam);
  });

  test('tells nobody without the code whether a name is taken', async (t) => {
    const { url } = await startHarness(t, { joinCode });
    assert.equal((await register(url, person('Sam'), { joinCode })).status, 201);
    const taken = await register(url, person('Sam'));
    const free = await register(url, person('Carol'));
    assert.deepEqual(sayingOf(taken), sayingOf(free));
    assert.equal((await register(url, person('Sam'), { joinCode })).status, 409);
  });

  test('is not guessed: after some wrong codes the address waits, even with the right one', async (t) => {
    const { url } = await startHarness(t, {
      joinCode,
      limits: { wrongJoinCodes: { calls: 3, seconds: 60 } },
    });
    const guess = (code: string, localAddress = '127.0.0.1') =>
      register(url, person(`u-${code}-${localAddress}`.slice(0, 30).replaceAll(' ', '-')), {
        joinCode: code,
        localAddress,
      });
    assert.equal((await guess(joinCode)).status, 201);
    for (const code of ['1', '2', '3']) assert.equal((await guess(code)).status, 403);
    const late = await guess(joinCode);
    assert.equal(late.status, 429);
    assert.match(late.text, /"too-many"/);
    assert.match(late.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
    assert.equal((await guess(joinCode, '127.0.0.2')).status, 201);
  });

  test('never logs a code, right or wrong', async (t) => {
    let log = '';
    const logger = pino(
      { level: 'trace' },
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          log += chunk.toString();
          done();
        },
      }),
    );
    const { url } = await startHarness(t, { joinCode, logger });
    await register(url, person('Sam'), { joinCode: 'a-wrong-code' });
    await register(url, person('Sam'), { joinCode: 'x'.repeat(129) });
    await register(url, person('Sam'), { joinCode });
    assert.match(log, /refused a registration: a new account needs the join code/);
    assert.match(log, /registered Sam/);
    assert.doesNotMatch(log, /open sesame|a-wrong-code|x{129}/);
  });
});

describe('a join code', () => {
  test('is the same or is not, whatever its length', () => {
    const code = new JoinCode('grüße');
    assert.equal(code.accepts('grüße'), true);
    for (const other of ['gruesse', 'grüße ', '', 'g', 'x'.repeat(128), undefined]) {
      assert.equal(code.accepts(other), false, other);
    }
  });

  test('comes from the first line of a file', async (t) => {
    const file = path.join(await temporaryFolder(t), 'code');
    await writeFile(file, 'open sesame\r\nnot this\n');
    assert.equal(await readJoinCode(file), 'open sesame');
    for (const wrong of ['', '\nsesame', 'x'.repeat(129)]) {
      await writeFile(file, wrong);
      await assert.rejects(readJoinCode(file), JoinCodeFileError);
    }
    await assert.rejects(readJoinCode(`${file}-none`), /cannot be read \(ENOENT/);
  });

  test('is taken from the environment by the command, which says when its file cannot be read', async (t) => {
    const data = await temporaryFolder(t);
    const running = await start(t, ['--port', '0', '--data', data], { P2P_CHAT_JOIN_CODE: joinCode });
    assert.equal((await register(running.url, person('Sam'))).status, 403);
    assert.equal((await register(running.url, person('Sam'), { joinCode })).status, 201);
    const { stdout, stderr } = await running.end('SIGTERM');
    assert.ok(!`${stdout}${stderr}`.includes(joinCode));
    const failed = await run(['--data', data, '--join-code-file', path.join(data, 'none')]);
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, /^discovery-server: the join code in .*none cannot be read [^\n]+\n$/);
  });
});

/** All that an answer tells: the id of its request is another one each time. */
function sayingOf({ status, text }: HttpAnswer): unknown {
  const { error } = decodeJson(errorBody, text);
  assert.ok(error.request);
  return { status, error: { ...error, request: undefined } };
}
