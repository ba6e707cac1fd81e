import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OptionError, readCommand } from '../src/options.ts';

const publicUrl = 'https://chat.example.com';

function serve(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const command = readCommand(args, env);
  assert.ok(command.kind === 'serve');
  return command;
}

const store = ['--store', 'redis://localhost/1'];

describe('the options', () => {
  test('ask for plain HTTP on loopback, no proxy and no join code unless told otherwise', () => {
    assert.deepEqual(serve([]), {
      kind: 'serve',
      host: '127.0.0.1',
      port: 8000,
      alsoPorts: [],
      data: './data',
      store: undefined,
      instanceUrl: undefined,
      logFormat: 'pretty',
      logLevel: 'info',
      tls: undefined,
      proxy: undefined,
      joinCode: undefined,
      accountsPerHour: undefined,
      metrics: undefined,
      drainSeconds: 0,
      relayRate: undefined,
      untilStdinEnds: false,
    });
  });

  test('are the same from the environment, and go before it', () => {
    const env = {
      P2P_CHAT_HOST: '0.0.0.0',
      P2P_CHAT_TLS_CERT: 'c.pem',
      P2P_CHAT_TLS_KEY: 'k.pem',
      P2P_CHAT_PUBLIC_URL: `${publicUrl}/`,
      P2P_CHAT_TRUST_PROXY: '10.0.0.1, loopback',
      P2P_CHAT_JOIN_CODE: 'sesame',
      P2P_CHAT_ACCOUNTS_PER_HOUR: '500',
    };
    const { host, tls, proxy, joinCode, accountsPerHour } = serve([], env);
    assert.deepEqual(
      { host, tls, proxy, joinCode, accountsPerHour },
      {
        host: '0.0.0.0',
        tls: { certificateFile: 'c.pem', keyFile: 'k.pem' },
        proxy: { publicOrigin: publicUrl, trusted: ['10.0.0.1', 'loopback'] },
        joinCode: { text: 'sesame' },
        accountsPerHour: 500,
      },
    );
    const given = serve(
      ['--trust-proxy', '2', '--public-url', 'https://Chat.Example.com:443', '--host', '::'],
      env,
    );
    assert.deepEqual(given.proxy, { publicOrigin: publicUrl, trusted: 2 });
    assert.equal(given.host, '::');
    assert.equal(serve(['--tls']).tls, 'self-made');
    assert.equal(serve([], { P2P_CHAT_TLS: '1' }).tls, 'self-made');
    assert.equal(serve([], { P2P_CHAT_TLS: '0' }).tls, undefined);
    assert.deepEqual(serve(['--join-code-file', 'f']).joinCode, { file: 'f' });
    assert.equal(serve(['--relay-rate', '64']).relayRate, 65_536);
    assert.equal(serve([], { P2P_CHAT_RELAY_RATE: '64' }).relayRate, 65_536);
    assert.equal(serve(['--no-relay', '--relay-rate', '64']).relayRate, null);
    assert.equal(serve([], { P2P_CHAT_NO_RELAY: '1' }).relayRate, null);
  });

  test('of operation keep metrics off, and on loopback where asked for, unless told otherwise', () => {
    assert.deepEqual(serve(['--metrics-port', '9464']).metrics, { host: '127.0.0.1', port: 9464 });
    const env = { P2P_CHAT_METRICS_PORT: '0', P2P_CHAT_METRICS_HOST: '10.0.0.1' };
    assert.deepEqual(serve([], env).metrics, { host: '10.0.0.1', port: 0 });
    assert.equal(serve(['--drain-seconds', '5']).drainSeconds, 5);
    assert.equal(serve([], { P2P_CHAT_LOG_FORMAT: 'json' }).logFormat, 'json');
    assert.equal(serve(['--log-level', 'debug']).logLevel, 'debug');
  });

  test('are refused with what is wrong, which never says a join code', () => {
    for (const [args, env, says] of [
      [['--host', ''], {}, /^--host needs an address/],
      [['--tls-cert', 'c.pem'], {}, /^--tls-cert needs --tls-key/],
      [[], { P2P_CHAT_TLS_KEY: 'k.pem' }, /^P2P_CHAT_TLS_KEY needs --tls-cert/],
      [[], { P2P_CHAT_TLS: 'yes' }, /^P2P_CHAT_TLS "yes": it is 1 or 0/],
      [['--public-url', publicUrl], {}, /^--public-url needs --trust-proxy/],
      [['--trust-proxy', '1'], {}, /^--trust-proxy needs --public-url/],
      [['--public-url', 'http://chat.example.com', '--trust-proxy', '1'], {}, /such as https:/],
      [['--public-url', `${publicUrl}/a`, '--trust-proxy', '1'], {}, /nothing after it/],
      [['--public-url', 'https://u:p@chat.example.com', '--trust-proxy', '1'], {}, /nothing after it/],
      [['--public-url', 'chat', '--trust-proxy', '1'], {}, /such as https:/],
      [['--public-url', publicUrl, '--trust-proxy', 'nginx'], {}, /^--trust-proxy "nginx"/],
      [['--public-url', publicUrl, '--trust-proxy', '0'], {}, /^--trust-proxy "0": .* from 1 to 10/],
      [['--join-code', 'x'.repeat(129)], {}, /^--join-code: a join code has 1 to 128 characters$/],
      [['--join-code', ''], {}, /^--join-code: a join code has 1 to 128 characters$/],
      [['--join-code', 'sesame'], { P2P_CHAT_JOIN_CODE_FILE: 'f' }, /--join-code or .*_FILE, not both$/],
      [['--metrics-host', '10.0.0.1'], {}, /^--metrics-host needs --metrics-port/],
      [['--drain-seconds', '61'], {}, /^--drain-seconds "61": .* from 0 to 60/],
      [[], { P2P_CHAT_LOG_LEVEL: 'loud' }, /^P2P_CHAT_LOG_LEVEL "loud": it is one of debug, info/],
      [['--relay-rate', '0'], {}, /^--relay-rate "0": KiB a second is a number from 1 to 1000000/],
      [[], { P2P_CHAT_NO_RELAY: 'yes' }, /^P2P_CHAT_NO_RELAY "yes": it is 1 or 0/],
      [['--store', 'http://localhost'], {}, /^--store: it is an address such as redis:/],
      [['--store', 'redis://'], {}, /^--store: it is an address/],
      [['--instance-url', 'https://a.example'], {}, /^--instance-url needs --store/],
      [[...store, '--instance-url', 'http://a.example'], {}, /^--instance-url "http:.*such as https:/],
      [[...store, '--instance-url', 'https://a.example/x'], {}, /nothing after it/],
      [['--accounts-per-hour', '0'], {}, /^--accounts-per-hour "0": .* from 1 to 20000/],
    ] as const) {
      assert.throws(
        () => serve(args, env),
        (error) => error instanceof OptionError && says.test(error.message),
        args.join(' '),
      );
    }
  });

  test('of several servers name their Redis, whose password no message repeats', () => {
    assert.equal(serve(store).store, 'redis://localhost/1');
    assert.equal(serve([], { P2P_CHAT_STORE: 'rediss://:horse@redis.example:6380' }).store?.length, 34);
    for (const url of ['https://chat-1.example.com:8443', 'http://127.0.0.1:8001', 'http://[::1]:8001']) {
      assert.equal(serve([...store, '--instance-url', `${url}/`]).instanceUrl, url);
    }
    assert.throws(
      () => serve(['--store', 'mysql://:horse@localhost']),
      (error) => error instanceof OptionError && !error.message.includes('horse'),
    );
  });

  test('name further ports once or more often, in one list', () => {
    assert.deepEqual(
      serve(['--also-port', '9000', '--also-port', '9001, 9002']).alsoPorts,
      [9000, 9001, 9002],
    );
    assert.deepEqual(serve([], { P2P_CHAT_ALSO_PORT: '9000,9001' }).alsoPorts, [9000, 9001]);
    for (const wrong of ['0', '65536', '', '9000,', 'ssh']) {
      assert.throws(() => serve(['--also-port', wrong]), OptionError, wrong);
    }
  });

  test('never repeat what stands where an option should: it may be the rest of a join code', () => {
    for (const args of [
      ['--join-code', 'correct', 'horse'],
      ['horse', '--tls'],
      ['--join-code', 'correct', '--', 'horse'],
      ['--tls=horse'],
    ]) {
      assert.throws(
        () => serve(args),
        (error) => error instanceof OptionError && !/horse|correct/.test(error.message),
        args.join(' '),
      );
    }
  });
});
