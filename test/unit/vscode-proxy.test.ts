/** The proxy in front of a person's VS Code in the browser: what it lets through, and what it keeps from others. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request, type IncomingHttpHeaders, type Server } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { freePort } from '../../scripts/lib/ports.ts';
import { startVscodeProxy, type VscodeProxy } from '../../scripts/lib/vscode-proxy.ts';

const connectionToken = 'f00d';
const secretKey = Buffer.alloc(32, 9);
const windowQuery = { folder: '/home/sam', payload: '[["a","b"]]' };

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

describe('the proxy in front of VS Code', () => {
  let upstream: Server;
  let sockets: WebSocketServer;
  let proxy: VscodeProxy;
  let port: number;

  /** A request as a browser would make it, from the proxy's own page unless told otherwise. */
  async function ask(method: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
    const sent = request({ host: '127.0.0.1', port, method, path, agent: false, headers });
    sent.end(method === 'POST' ? 'body' : undefined);
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    sent.once('error', reject);
    sent.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
      });
    });
    return promise;
  }

  const own = (): Record<string, string> => ({
    host: `127.0.0.1:${port}`,
    origin: `http://127.0.0.1:${port}`,
    cookie: `other=1; vscode-tkn=${connectionToken}`,
  });

  before(async () => {
    upstream = createServer((incoming, response) => {
      response.writeHead(200, { 'x-url': incoming.url ?? '', 'x-host': incoming.headers.host ?? '' });
      incoming.pipe(response);
    });
    sockets = new WebSocketServer({ server: upstream });
    sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
    upstream.listen(0, '127.0.0.1');
    await once(upstream, 'listening');
    const address = upstream.address();
    assert.ok(address !== null && typeof address === 'object');
    port = await freePort();
    proxy = await startVscodeProxy({
      host: '127.0.0.1',
      port,
      upstream: address.port,
      connectionToken,
      secretKey,
      windowQuery,
    });
  });

  after(async () => {
    await proxy.stop();
    sockets.close();
    upstream.close();
    await once(upstream, 'close');
  });

  it('gives the key to its own page in a browser that has the token', async () => {
    const { status, body } = await ask('POST', '/mint-key', own());
    assert.equal(status, 200);
    assert.deepEqual(body, secretKey);
  });

  const strangers: Record<string, () => Record<string, string>> = {
    'another site': () => ({ ...own(), origin: 'http://evil.example' }),
    'a page that says nothing of itself': () => ({
      host: `127.0.0.1:${port}`,
      cookie: own()['cookie'] ?? '',
    }),
    'a browser without the token': () => ({ ...own(), cookie: 'vscode-tkn=guess' }),
    'a browser that tells it is another site': () => ({ ...own(), 'sec-fetch-site': 'cross-site' }),
    'a name that was made to point here': () => ({ ...own(), host: `evil.example:${port}` }),
  };
  for (const [who, headers] of Object.entries(strangers)) {
    it(`keeps the key from ${who}`, async () => {
      const { status, body } = await ask('POST', '/mint-key', headers());
      assert.equal(status, 403);
      assert.ok(!body.includes(secretKey));
    });
  }

  it('keeps the key from a GET, which a link can make', async () => {
    assert.equal((await ask('GET', '/mint-key', own())).status, 403);
  });

  it('adds the extension to the address of every window, and the folder where there is none', async () => {
    const bare = await ask('GET', '/?tkn=f00d', own());
    assert.equal(bare.status, 302);
    const query = new URL(bare.headers.location ?? '', 'http://x').searchParams;
    assert.deepEqual(Object.fromEntries(query), { tkn: 'f00d', ...windowQuery });
    const other = await ask('GET', '/?folder=/elsewhere', own());
    assert.equal(new URL(other.headers.location ?? '', 'http://x').searchParams.get('folder'), '/elsewhere');
  });

  it('passes everything else on as it is', async () => {
    const { status, headers, body } = await ask('POST', '/some/file?x=1', own());
    assert.equal(status, 200);
    assert.equal(headers['x-url'], '/some/file?x=1');
    assert.equal(headers['x-host'], `127.0.0.1:${port}`);
    assert.equal(body.toString(), 'body');
  });

  it('carries WebSockets of its own page', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/x`, { origin: `http://127.0.0.1:${port}` });
    await once(socket, 'open');
    const echoed = once(socket, 'message');
    socket.send('hello');
    assert.equal(String((await echoed)[0]), 'hello');
    socket.close();
    await once(socket, 'close');
  });

  it('refuses WebSockets of other sites', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/x`, { origin: 'http://evil.example' });
    const { promise, resolve } = Promise.withResolvers<string>();
    socket.once('error', (error) => resolve(error.message));
    assert.match(await promise, /403/);
  });
});
