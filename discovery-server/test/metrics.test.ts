import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { WebSocket } from 'ws';
import { DiscoveryPath, RELAY_PROTOCOL, SessionClose } from '@p2p-chat/protocol/discovery';
import { RELAY_WAIT_MS } from '@p2p-chat/protocol/limits';
import { urlOf } from '../src/listen.ts';
import { closeReason } from '../src/metrics.ts';
import { prometheusMetrics } from '../src/prometheus.ts';
import { memoryStore } from '../src/store/memory.ts';
import { cleanUp } from './cleanup.ts';
import { run, start } from './command.ts';
import { type Harness, type HarnessOptions, startHarness, temporaryFolder } from './harness.ts';
import { http, person, register, signInFrameOf, TestSession } from './test-client.ts';

const LOOPBACK = { host: '127.0.0.1', port: 0 };

interface Measured extends Harness {
  readonly metricsUrl: string;
  /** What is measured now, by the name with its labels. */
  readonly read: () => Promise<ReadonlyMap<string, number>>;
}

async function startMeasured(t: TestContext, options: HarnessOptions = {}): Promise<Measured> {
  const harness = await startHarness(t, {
    ...options,
    metrics: { of: prometheusMetrics(), listen: LOOPBACK },
  });
  const { metricsAddress } = harness.server;
  assert.ok(metricsAddress);
  const metricsUrl = urlOf(metricsAddress, 'http');
  return {
    ...harness,
    metricsUrl,
    async read() {
      const { status, text } = await http(metricsUrl, '/metrics');
      assert.equal(status, 200);
      const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
      return new Map(
        lines.map((line) => {
          const space = line.lastIndexOf(' ');
          return [line.slice(0, space), Number(line.slice(space))];
        }),
      );
    },
  };
}

describe('metrics', () => {
  test('are what an operator graphs', async (t) => {
    const { url, member, signedIn, read } = await startMeasured(t);
    const { who: sam, session } = await signedIn('Sam');
    const carol = await member('Carol');
    assert.equal((await register(url, person('SAM'))).status, 409);
    assert.equal((await register(url, carol)).status, 200);
    await session.watch(carol.identity);
    const stranger = TestSession.connect(url);
    stranger.send(signInFrameOf(person('Eve'), await stranger.challenge()));
    await stranger.closed;
    await session.ask({ type: 'rename', name: 'Carol' });
    const carolSession = await TestSession.signedIn(url, carol);
    await session.next('presence');
    await TestSession.signedIn(url, sam);
    await session.closed;
    await http(url, '/wp-login.php');
    const found = await read();
    for (const [name, value] of [
      ['p2p_chat_ready', 1],
      ['p2p_chat_accounts', 2],
      ['p2p_chat_users_online', 2],
      ['p2p_chat_sessions', 2],
      ['p2p_chat_watches', 0],
      ['p2p_chat_registrations_total{result="created"}', 2],
      ['p2p_chat_registrations_total{result="known"}', 1],
      ['p2p_chat_registrations_total{result="name-taken"}', 1],
      ['p2p_chat_sign_ins_total{result="ok"}', 3],
      ['p2p_chat_sign_ins_total{result="notRegistered"}', 1],
      ['p2p_chat_session_closes_total{reason="replaced"}', 1],
      ['p2p_chat_refusals_total{where="http",code="name-taken"}', 1],
      ['p2p_chat_refusals_total{where="http",code="not-found"}', 1],
      ['p2p_chat_refusals_total{where="session",code="name-taken"}', 1],
      ['p2p_chat_pushes_total{type="presence"}', 1],
      ['p2p_chat_pushes_total{type="snapshot"}', 1],
      ['p2p_chat_http_requests_total{route="/v1/accounts",status="201"}', 2],
      ['p2p_chat_http_requests_total{route="/v1/session",status="101"}', 4],
      ['p2p_chat_http_requests_total{route="other",status="404"}', 1],
      ['p2p_chat_store_write_seconds_count{operation="add"}', 3],
    ] as const) {
      assert.equal(found.get(name), value, name);
    }
    for (const name of ['nodejs_eventloop_lag_p99_seconds', 'process_resident_memory_bytes']) {
      assert.ok((found.get(name) ?? 0) > 0, name);
    }
    assert.ok(found.has('process_cpu_seconds_total'));
    carolSession.kill();
  });

  test('count the clients that ask and do not read, for whom no more is kept than the limit', async (t) => {
    const store = memoryStore();
    for (let n = 0; n < 200; n += 1) {
      const identity = n.toString(16).padStart(64, '0');
      await store.add({ identity, name: `user-with-a-long-name-${n}`, registeredAt: 0, lastSeen: null });
    }
    const limits = { requests: { calls: 10_000, seconds: 20 } };
    const { signedIn, read } = await startMeasured(t, { store, limits });
    const { session: deaf } = await signedIn('Sam');
    const { session: honest } = await signedIn('Carol');
    deaf.socket.pause();
    const before = process.memoryUsage();
    for (let id = 1_000; id < 4_000; id += 1) deaf.send({ type: 'directory', id, after: null, limit: 50 });
    // The server reads in turns with these.
    const closed = 'p2p_chat_session_closes_total{reason="slowConsumer"}';
    for (let n = 0; n < 500 && !(await read()).has(closed); n += 1) await honest.lookUp('0'.repeat(64));
    // Each answer has 10 kB: 30 MB in all, of which the system's own buffers take a part.
    assert.ok(process.memoryUsage().external - before.external < 8_000_000);
    deaf.socket.resume();
    assert.equal((await deaf.closed).code, SessionClose.slowConsumer);
    assert.equal((await read()).get(closed), 1);
  });

  test('tell what the relay costs: pairs, bytes, who had to wait, and how it ended', async (t) => {
    const limits = { relayBytesPerSecond: 1_000 };
    const { url, signedIn, read, pass } = await startMeasured(t, { limits });
    const [sam, carol] = [await signedIn('Sam'), await signedIn('Carol')];
    const enter = async (ticket = ''): Promise<WebSocket> => {
      const headers = { authorization: `Bearer ${ticket}` };
      const socket = new WebSocket(url + DiscoveryPath.relay, RELAY_PROTOCOL, { headers });
      await once(socket, 'open');
      return socket;
    };
    const invite = async (): Promise<string | undefined> => {
      const answer = await sam.session.ask({ type: 'relay', identity: carol.who.identity });
      return answer.type === 'result' ? answer.ticket : assert.fail(answer.message);
    };
    await sam.session.ask({ type: 'dial-back', identity: carol.who.identity });
    const [near, far] = [
      await enter(await invite()),
      await enter((await carol.session.next('relay')).ticket),
    ];
    await invite();
    near.send(Buffer.alloc(1_500));
    await once(far, 'message');
    near.send(Buffer.alloc(1_500));
    await once(far, 'message');
    const seen = async (): Promise<[string, number][]> =>
      [...(await read())].filter(([name]) => /_(relay|calls)_/.test(name));
    assert.deepEqual(await seen(), [
      ['p2p_chat_relay_pairs{state="joined"}', 1],
      ['p2p_chat_relay_pairs{state="waiting"}', 1],
      ['p2p_chat_relay_bytes_total', 3_000],
      ['p2p_chat_relay_throttles_total', 1],
      ['p2p_chat_calls_total{type="dial-back"}', 1],
      ['p2p_chat_calls_total{type="relay"}', 2],
    ]);
    far.close();
    await once(near, 'close');
    await pass(RELAY_WAIT_MS, sam.session, carol.session);
    const found = await read();
    assert.equal(found.get('p2p_chat_relay_ends_total{reason="ended"}'), 1);
    assert.equal(found.get('p2p_chat_relay_ends_total{reason="nobodyCame"}'), 1);
    assert.equal(found.get('p2p_chat_relay_pairs{state="joined"}'), 0);
    assert.equal(found.get('p2p_chat_relay_bytes_total'), 3_000);
  });

  test('have each a help, a type, and a name that goes with it, as promtool wants', async (t) => {
    const { metricsUrl, signedIn } = await startMeasured(t);
    await signedIn('Sam');
    const { text } = await http(metricsUrl, '/metrics');
    const helped = new Set([...text.matchAll(/^# HELP (\S+) \S/gm)].map(([, name]) => name));
    const types = new Map(
      [...text.matchAll(/^# TYPE (\S+) (\w+)$/gm)].map(([, name = '', type]) => [name, type]),
    );
    assert.ok(types.size > 40);
    for (const [name, type] of types) {
      assert.ok(helped.has(name), name);
      assert.equal(name.endsWith('_total'), type === 'counter', name);
    }
    // Of what was not measured yet prom-client writes Nan, which Prometheus takes in any case of letters.
    const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    for (const line of samples) {
      const [, name = ''] =
        /^([a-z_][a-z0-9_]*)(\{(\w+="[^"\\\n]*",?)+\})? (-?[\d.e+-]+|Na[Nn])$/.exec(line) ?? [];
      assert.ok(types.has(name) || types.has(name.replace(/_(bucket|sum|count)$/, '')), line);
    }
  });

  test('have few labels, and none that names a person, an address or a key', async (t) => {
    const { url, member, metricsUrl } = await startMeasured(t);
    const who = await member('Samantha');
    const session = await TestSession.signedIn(url, who, [{ address: '192.0.2.77', port: 40_123 }]);
    await register(url, person('Samantha'));
    for (let n = 0; n < 50; n += 1) await http(url, `/secret-${n}`);
    const { text } = await http(metricsUrl, '/metrics');
    assert.doesNotMatch(text, /Samantha|192\.0\.2|127\.0\.0\.1|40123|secret/);
    assert.doesNotMatch(text, new RegExp(`${who.identity}|${who.device}`));
    const own = text.split('\n').filter((line) => line.startsWith('p2p_chat_'));
    assert.ok(own.length < 60, String(own.length));
    session.kill();
  });

  test('are on no port that clients or a proxy reach, nor for web pages or under another name', async (t) => {
    const { url, metricsUrl } = await startMeasured(t);
    assert.equal((await http(url, '/metrics')).status, 404);
    assert.equal((await http(metricsUrl, '/')).status, 404);
    assert.equal((await http(metricsUrl, '/metrics', { method: 'POST' })).status, 405);
    for (const headers of [{ origin: 'http://localhost' }, { host: 'evil.example' }]) {
      assert.equal((await http(metricsUrl, '/metrics', { headers })).status, 403);
    }
  });

  test('of a close code have its name', () => {
    assert.equal(closeReason(SessionClose.slowConsumer), 'slowConsumer');
    assert.equal(closeReason(1005), 'other');
  });
});

describe('the command', () => {
  test('serves metrics where it is told, and says where', async (t) => {
    const data = await temporaryFolder(t);
    const running = await start(t, ['--port', '0', '--data', data, '--metrics-port', '0']);
    const { stdout } = await running.end('SIGTERM');
    assert.match(stdout, /metrics for Prometheus at http:\/\/127\.0\.0\.1:\d+\/metrics\n/);
  });

  test('says that the port for metrics is taken and what to do', async (t) => {
    const other = createServer().listen(0, '127.0.0.1');
    cleanUp(t, () => other.close());
    await once(other, 'listening');
    const address = other.address();
    assert.ok(address !== null && typeof address === 'object');
    const data = await temporaryFolder(t);
    const options = ['--port', '0', '--data', data, '--metrics-port', String(address.port)];
    const { code, stderr } = await run(options);
    assert.equal(code, 3);
    assert.match(stderr, /taken .*--metrics-port/);
  });
});
