import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { WebSocket } from 'ws';
import { DiscoveryPath, SESSION_PROTOCOL } from '@p2p-chat/protocol/discovery';
import type { Randomness } from '../src/randomness.ts';
import { VERSION } from '../src/version.ts';
import { FakeClock } from './fake-clock.ts';
import { startHarness } from './harness.ts';
import { http } from './test-client.ts';

/** One example of the page: `http>`, `http<`, or somebody's session, `sam>` or `sam<`. */
interface Example {
  readonly who: string;
  readonly fromServer: boolean;
  readonly text: string;
}

/** The port of the server on the page, for which its clients sign. */
const PAGE_PORT = 8_000;

/** That of the one refusal on the page. */
const REQUEST_ID = '5b1f0c9d2e7a48638d10';

const page = path.join(import.meta.dirname, '../../docs/protocol.md');

function examplesOf(markdown: string): Example[] {
  return [...markdown.matchAll(/^```wire (\w+)([<>])\n(.*?)\n```$/gms)].map(
    ([, who = '', direction, text = '']) => ({ who, fromServer: direction === '<', text }),
  );
}

/** The nonces and epochs of the page, in the order in which the server made them. */
function randomnessOf(examples: readonly Example[]): Randomness {
  const answers = examples.filter(({ fromServer }) => fromServer).map(({ text }) => text);
  const found = (pattern: RegExp): string[] =>
    answers.map((text) => pattern.exec(text)?.[1] ?? '').filter(Boolean);
  const nonces = found(/"nonce":"([^"]+)"/);
  const epochs = found(/"type":"welcome".*"epoch":"([^"]+)"/);
  return {
    nonce: () => nonces.shift() ?? '',
    epoch: () => epochs.shift() ?? '',
    requestId: () => REQUEST_ID,
  };
}

/** One person's session: what comes is kept in order, the close as the page writes it. */
class Line {
  readonly #socket: WebSocket;
  readonly #inbox: string[] = [];

  constructor(url: string) {
    this.#socket = new WebSocket(new URL(DiscoveryPath.session, url), SESSION_PROTOCOL);
    this.#socket.on('message', (data: Buffer) => this.#keep(data.toString()));
    this.#socket.on('close', (code, reason) => this.#keep(`close ${code} ${reason.toString()}`));
  }

  send(text: string): void {
    this.#socket.send(text);
  }

  async next(): Promise<string> {
    if (this.#inbox.length === 0) await once(this.#socket, 'kept');
    return this.#inbox.shift() ?? '';
  }

  #keep(text: string): void {
    this.#inbox.push(text);
    this.#socket.emit('kept');
  }
}

async function replayHttp(url: string, request: string): Promise<string> {
  const [head = '', body] = request.split('\n\n');
  const [method = '', target = ''] = head.split(' ');
  const type = /^Content-Type: (.*)$/m.exec(head)?.[1];
  const { status, text, headers } = await http(url, target, {
    method,
    ...(type === undefined ? {} : { headers: { 'content-type': type } }),
    ...(body === undefined ? {} : { body }),
  });
  return `${status} ${headers.get('content-length') ?? ''} ${text}`;
}

function expectedHttp(answer: string): string {
  const [head = '', body = ''] = answer.split('\n\n');
  const status = head.split(' ')[1] ?? '';
  return `${status} ${/^Content-Length: (\d+)$/m.exec(head)?.[1] ?? ''} ${body}`;
}

async function replay(t: TestContext, examples: readonly Example[]): Promise<void> {
  const clock = new FakeClock();
  const { url } = await startHarness(t, {
    clock,
    alsoPorts: [PAGE_PORT],
    randomness: randomnessOf(examples),
  });
  const lines = new Map<string, Line>();
  let lastAnswer = '';
  for (const { who, fromServer, text } of examples) {
    if (who === 'http') {
      if (!fromServer) lastAnswer = await replayHttp(url, text);
      else assert.equal(lastAnswer, expectedHttp(text));
      continue;
    }
    let line = lines.get(who);
    if (line === undefined) {
      // The page's second session is opened a second after the first.
      if (lines.size > 0) clock.advance(1_000);
      line = new Line(url);
      lines.set(who, line);
    }
    if (fromServer) assert.equal(await line.next(), text);
    else line.send(text);
  }
}

test('the examples of the discovery API are what the server says, byte for byte', async (t) => {
  const markdown = (await readFile(page, 'utf8')).replaceAll('\r\n', '\n');
  const examples = examplesOf(markdown.replaceAll('"version":"0.1.0"', `"version":"${VERSION}"`));
  assert.ok(examples.length > 30, `only ${examples.length} examples were found`);
  await replay(t, examples);
});
