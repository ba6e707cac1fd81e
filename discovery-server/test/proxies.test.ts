import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { WebSocket } from 'ws';
import { DiscoveryPath, RELAY_PROTOCOL, RelayClose, SessionClose } from '@p2p-chat/protocol/discovery';
import { MAX_RELAY_FRAME_BYTES } from '@p2p-chat/protocol/limits';
import { cleanUp } from './cleanup.ts';
import { startHarness } from './harness.ts';
import { adapted, blockOf, placeForProxy, programAt, type ProxyPlace, startProxy } from './proxy-program.ts';
import { http, person, register, TestSession } from './test-client.ts';

/** A real proxy with the configuration of docs/operations.md. */
interface Proxy {
  readonly name: string;
  /** The ids that it gives to requests. */
  readonly ids: RegExp;
  /** Writes its configuration. @returns its arguments */
  readonly configure: (place: ProxyPlace, server: string) => Promise<string[]>;
}

const proxies: readonly Proxy[] = [
  {
    name: 'nginx',
    ids: /^[0-9a-f]{32}$/,
    async configure({ port, folder, certificateFile, keyFile }, server) {
      const site = adapted(await blockOf('nginx'), {
        'listen 443 ssl;': `listen 127.0.0.1:${port} ssl;`,
        '/etc/letsencrypt/live/chat.example.com/fullchain.pem': certificateFile,
        '/etc/letsencrypt/live/chat.example.com/privkey.pem': keyFile,
        '127.0.0.1:8000': server,
      });
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
        .map((what) => `  ${what}_temp_path ${path.join(folder, what)};\n`)
        .join('');
      const user = process.getuid?.() === 0 ? 'user root;\n' : '';
      const file = path.join(folder, 'nginx.conf');
      await writeFile(
        file,
        `${user}daemon off;\nmaster_process off;\npid ${path.join(folder, 'nginx.pid')};\nevents {}\n` +
          `http {\n  access_log off;\n${temporary}${site}}\n`,
      );
      return ['-e', 'stderr', '-c', file];
    },
  },
  {
    name: 'caddy',
    ids: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    async configure({ port, folder, certificateFile, keyFile }, server) {
      const site = adapted(await blockOf('caddy'), {
        'chat.example.com {': `https://localhost:${port} {\n\tbind 127.0.0.1`,
        'tls {': `tls ${certificateFile} ${keyFile} {`,
        '127.0.0.1:8000': server,
      });
      const file = path.join(folder, 'Caddyfile');
      await writeFile(file, `{\n\tadmin off\n\tauto_https disable_redirects\n}\n${site}`);
      return ['run', '--adapter', 'caddyfile', '--config', file];
    },
  },
];

interface Proxied {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

async function startBehind(t: TestContext, { configure }: Proxy, program: string): Promise<Proxied> {
  const place = await placeForProxy(t);
  const url = `https://localhost:${place.port}`;
  const { server } = await startHarness(t, {
    proxy: { publicOrigin: url, trusted: ['loopback'] },
    limits: { newAccounts: { calls: 3, seconds: 3_600 } },
  });
  await startProxy(t, place, program, await configure(place, new URL(server.url).host));
  return { url, stop: () => server.stop() };
}

for (const proxy of proxies) {
  describe(`behind ${proxy.name}, set up as docs/operations.md says`, () => {
    const program = programAt(proxy.name);
    const skip = program === undefined && `${proxy.name} is not installed`;

    test('people register, sign in, and are told of each other over TLS 1.3', { skip }, async (t) => {
      const { url, stop } = await startBehind(t, proxy, program ?? '');
      const [sam, carol] = [person('Sam'), person('Carol')];
      const answer = await register(url, sam);
      assert.equal(answer.status, 201, answer.text);
      assert.match(answer.headers.get('x-request-id') ?? '', proxy.ids);
      assert.equal((await register(url, carol)).status, 201);
      const session = await TestSession.signedIn(url, sam);
      assert.deepEqual(
        (await session.watch(carol.identity)).map(({ online }) => online),
        [false],
      );
      const carolSession = await TestSession.signedIn(url, carol);
      assert.equal((await session.next('presence')).presence.online, true);
      await carolSession.ask({ type: 'sign-out' });
      assert.equal((await carolSession.closed).code, SessionClose.signedOut);
      assert.equal((await session.next('presence')).presence.online, false);
      const stopped = stop();
      assert.equal((await session.closed).code, SessionClose.goingAway);
      await stopped;
      const { port } = new URL(url);
      const socket = connectTls({ port: Number(port), host: '127.0.0.1', rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      assert.equal(socket.getProtocol(), 'TLSv1.3');
      socket.destroy();
    });

    test('two people meet in the relay', { skip }, async (t) => {
      const { url } = await startBehind(t, proxy, program ?? '');
      const [sam, carol] = [person('Sam'), person('Carol')];
      for (const who of [sam, carol]) assert.equal((await register(url, who)).status, 201);
      const [near, far] = [await TestSession.signedIn(url, sam), await TestSession.signedIn(url, carol)];
      const answer = await near.ask({ type: 'relay', identity: carol.identity });
      assert.ok(answer.type === 'result');
      const enter = async (ticket = ''): Promise<WebSocket> => {
        const headers = { authorization: `Bearer ${ticket}` };
        const socket = new WebSocket(url + DiscoveryPath.relay, RELAY_PROTOCOL, {
          headers,
          rejectUnauthorized: false,
        });
        cleanUp(t, () => socket.terminate());
        await once(socket, 'open');
        return socket;
      };
      const ends = [await enter(answer.ticket), await enter((await far.next('relay')).ticket)] as const;
      const said = Buffer.alloc(MAX_RELAY_FRAME_BYTES, 'x');
      ends[0].send(said);
      assert.deepEqual(await once(ends[1], 'message'), [said, true]);
      ends[1].close();
      assert.equal((await once(ends[0], 'close'))[0], RelayClose.ended);
    });

    test(
      'nobody is taken for another address by a header of theirs, and metrics are not there',
      { skip },
      async (t) => {
        const { url } = await startBehind(t, proxy, program ?? '');
        const statuses = [];
        for (let n = 0; n < 4; n += 1) {
          const headers = { 'x-forwarded-for': `203.0.113.${n}` };
          statuses.push((await register(url, person(`user-${n}`), { headers })).status);
        }
        assert.deepEqual(statuses, [201, 201, 201, 429]);
        assert.equal((await http(url, DiscoveryPath.ready)).status, 200);
        assert.equal((await http(url, '/metrics')).status, 404);
      },
    );
  });
}
