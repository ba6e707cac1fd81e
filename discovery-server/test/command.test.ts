import assert from 'node:assert/strict';
import { once } from 'node:events';
import { appendFile, readdir, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import { describe, test } from 'node:test';
import manifest from '../package.json' with { type: 'json' };
import { health, SessionClose } from '@p2p-chat/protocol/discovery';
import { decodeJson } from '@p2p-chat/protocol/text';
import { cleanUp } from './cleanup.ts';
import { run, start } from './command.ts';
import { temporaryFolder } from './harness.ts';
import { http, person, register, TestSession } from './test-client.ts';

const anyPort = ['--port', '0'];
const oneLine = /^discovery-server: [^\n]+\n$/;

describe('the command', () => {
  test('lists every option and variable in its help, and knows its version', async () => {
    const help = await run(['--help']);
    assert.equal(help.code, 0);
    for (const option of ['until-stdin-ends', 'version', 'help']) {
      assert.ok(help.stdout.includes(`--${option} `), option);
    }
    for (const option of [
      'host',
      'port',
      'data',
      'store',
      'instance-url',
      'tls',
      'tls-cert',
      'tls-key',
      'public-url',
      'trust-proxy',
      'join-code',
      'join-code-file',
      'accounts-per-hour',
      'log-format',
      'log-level',
      'metrics-port',
      'metrics-host',
      'drain-seconds',
    ]) {
      assert.ok(help.stdout.includes(`--${option} `), option);
      const variable = `P2P_CHAT_${option.toUpperCase().replaceAll('-', '_')}`;
      assert.match(help.stdout, new RegExp(`\\[${variable}(=1)?\\]`));
    }
    assert.ok(help.stdout.split('\n').every((line) => line.length <= 110));
    assert.equal((await run(['--version'])).stdout, `${manifest.version}\n`);
  });

  test('says on an older Node, which has no node:sqlite, which one it needs', async (t) => {
    const args = [...anyPort, '--data', await temporaryFolder(t)];
    const { code, stderr } = await run(args, { NODE_OPTIONS: '--no-experimental-sqlite' });
    assert.equal(code, 1);
    assert.match(stderr, oneLine);
    assert.match(stderr, /needs Node 22\.13\.0 or newer, and runs on v/);
  });

  test('refuses bad options in one line, with exit code 2', async () => {
    for (const [args, env, says] of [
      [['--prt', '1'], {}, /--prt/],
      [['--port', '65536'], {}, /--port "65536".*0 to 65535/],
      [['--port', '1e3'], {}, /--port "1e3"/],
      [[], { P2P_CHAT_PORT: 'x' }, /P2P_CHAT_PORT "x"/],
      [['extra'], {}, /something stands where an option should/],
      [['--log-format', 'xml'], {}, /pretty, json/],
      [['--tls-cert', 'c.pem'], {}, /--tls-cert needs --tls-key/],
    ] as const) {
      const { code, stderr } = await run(args, env);
      assert.equal(code, 2, stderr);
      assert.match(stderr, oneLine);
      assert.match(stderr, says);
    }
  });

  test('says that its port is taken and what to do', async (t) => {
    const other = createServer().listen(0, '127.0.0.1');
    cleanUp(t, () => other.close());
    await once(other, 'listening');
    const address = other.address();
    assert.ok(address !== null && typeof address === 'object');
    const data = await temporaryFolder(t);
    const { code, stderr } = await run(['--port', String(address.port), '--data', data]);
    assert.equal(code, 3);
    assert.match(stderr, oneLine);
    assert.match(stderr, new RegExp(`port ${address.port} .* taken .*--port`));
  });

  test('says that its address is none of this machine', async (t) => {
    // Documentation's, which no machine has.
    const args = ['--host', '192.0.2.1', ...anyPort, '--data', await temporaryFolder(t)];
    const { code, stderr } = await run(args);
    assert.equal(code, 4);
    assert.match(stderr, oneLine);
  });

  test('stops cleanly when its input ends, as with the program that holds it, if it was told to', async (t) => {
    const data = await temporaryFolder(t);
    const running = await start(t, [...anyPort, '--data', data, '--until-stdin-ends']);
    const { code, signal, stdout } = await running.closeStdin();
    assert.deepEqual([code, signal], [0, null]);
    assert.match(stdout, /stopping: standard input has ended/);
    assert.match(stdout, /stopped\n$/);
  });

  test('with its input open, whatever is written there, stops on a signal', async (t) => {
    const data = await temporaryFolder(t);
    const running = await start(t, [...anyPort, '--data', data, '--until-stdin-ends']);
    running.write('anything\n'.repeat(1_000));
    assert.equal((await running.end('SIGTERM')).code, 0);
  });

  test('says that its data folder is not writable', async (t) => {
    const file = path.join(await temporaryFolder(t), 'file');
    await writeFile(file, '');
    const { code, stderr } = await run([...anyPort, '--data', path.join(file, 'data')]);
    assert.equal(code, 1);
    assert.match(stderr, oneLine);
    assert.match(stderr, /cannot be written .*--data/);
  });

  test('says that another server uses the data folder, and that its accounts are damaged', async (t) => {
    const data = await temporaryFolder(t);
    const first = await start(t, anyPort, { P2P_CHAT_DATA: data });
    // Its input stays open: that does not keep one that could not start.
    const second = await run([...anyPort, '--data', data, '--until-stdin-ends']);
    assert.equal(second.code, 5);
    assert.match(second.stderr, oneLine);
    assert.match(second.stderr, /another discovery server/);
    await first.end('SIGKILL');
    await writeFile(path.join(data, 'accounts.db'), 'x\n{}\n');
    const third = await run([...anyPort, '--data', data]);
    assert.equal(third.code, 1);
    assert.match(third.stderr, oneLine);
    assert.match(third.stderr, /line 1 of .*accounts\.db is damaged.*Restore/);
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`stops cleanly on ${signal}, even with clients that hang`, async (t) => {
      const data = await temporaryFolder(t);
      const running = await start(t, [...anyPort, '--data', data, '--log-format', 'json']);
      const sam = person('Sam');
      assert.equal((await register(running.url, sam)).status, 201);
      const session = await TestSession.signedIn(running.url, sam);
      const { hostname, port } = new URL(running.url);
      const hanging = connect(Number(port), hostname);
      cleanUp(t, () => hanging.destroy());
      hanging.on('error', () => undefined);
      await once(hanging, 'connect');
      hanging.write('POST /v1/accounts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n');
      const deaf = await TestSession.signedIn(running.url, sam);
      assert.equal((await session.closed).code, SessionClose.replaced);
      deaf.socket.pause();
      const begun = performance.now();
      const { code, stdout, stderr } = await running.end(signal);
      assert.equal(code, 0);
      assert.equal(stderr, '');
      assert.ok(performance.now() - begun < 4_000);
      deaf.kill();
      const lines = stdout.trimEnd().split('\n');
      const messages = lines.map((line) => /"msg":"([^"]*)"/.exec(line)?.[1] ?? line);
      assert.deepEqual(messages.slice(1), [
        'registered Sam',
        'Sam is online',
        'Sam signed in again',
        `stopping: ${signal}`,
        'stopped',
      ]);
    });
  }

  test('has every account that it acknowledged after a kill and a torn line', async (t) => {
    const data = await temporaryFolder(t);
    const first = await start(t, [...anyPort, '--data', data]);
    const people = Array.from({ length: 20 }, (_, n) => person(`user-${n}`));
    const answers = await Promise.all(people.map((who) => register(first.url, who)));
    assert.ok(answers.every(({ status }) => status === 201));
    assert.equal((await first.end('SIGKILL')).signal, 'SIGKILL');
    await appendFile(path.join(data, 'accounts.db'), '{"_id":"0123');
    const second = await start(t, [...anyPort, '--data', data]);
    assert.equal(decodeJson(health, (await http(second.url, '/healthz')).text).accounts, 20);
    const { stdout, code } = await second.end('SIGTERM');
    assert.equal(code, 0);
    assert.match(stdout, /torn line.*line 21 was set aside/);
    assert.ok((await readdir(data)).some((name) => name.startsWith('accounts.db.torn-')));
  });
});
