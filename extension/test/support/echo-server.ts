import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { text } from 'node:stream/consumers';
import { WebSocketServer } from 'ws';
import { DiscoveryPath, registration, signInFrame } from '@p2p-chat/protocol/discovery';
import { fingerprintOf, decodePublicKey } from '@p2p-chat/protocol/identity';
import { decodeJson } from '@p2p-chat/protocol/text';
import type { Listening } from './https-servers.ts';
import type { ServerCertificate } from './server-certificates.ts';

/** How it answers a registration, or a session after it: what a client sent is part of each. */
export type EchoAnswer = 'refusal' | 'failure' | 'nonsense' | 'close' | 'welcome';

export interface Echo extends Listening {
  answer: EchoAnswer;
  /** What it has said back so far. */
  readonly said: string[];
}

/** A discovery server that says back whatever it hears, join code and signature, wherever there is room for words. */
export async function startEcho({ key, cert }: ServerCertificate): Promise<Echo> {
  const nonce = Buffer.alloc(32, 9).toString('base64');
  const said: string[] = [];
  const say = (words: string): string => {
    said.push(words);
    return words;
  };
  let heard = '';
  const respond = (response: ServerResponse, path: string | undefined): void => {
    const answer = (status: number, body: object | string): void => {
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
    };
    if (path === DiscoveryPath.challenges) return answer(201, { nonce, binding: 'tls' });
    if (echo.answer === 'refusal') {
      return answer(403, { error: { code: 'bad-request', message: say(heard) } });
    }
    if (echo.answer === 'failure') return answer(500, say(heard));
    if (echo.answer === 'nonsense') return answer(201, { [say(heard)]: heard });
    const { name, identity } = decodeJson(registration, heard);
    answer(201, { user: { name, identity: fingerprintOf(decodePublicKey(identity)) } });
  };
  const server = createServer({ key, cert }, (request, response) => {
    void text(request).then((body) => {
      heard = body;
      respond(response, request.url);
    });
  });
  const sessions = new WebSocketServer({ server });
  sessions.on('connection', (ws) => {
    const { joinCode = '' } = decodeJson(registration, heard);
    ws.send(JSON.stringify({ type: 'challenge', nonce, binding: 'tls' }));
    ws.on('message', (data: Buffer) => {
      const frame = data.toString();
      if (!frame.includes('"sign-in"')) {
        ws.send(JSON.stringify({ type: 'error', id: 0, code: 'unavailable', message: say(heard + frame) }));
        ws.close(4400, say(joinCode));
        return;
      }
      const { signature, identity } = decodeJson(signInFrame, frame);
      // A close frame has room for 123 bytes.
      if (echo.answer === 'close') return ws.close(4400, say(`${signature} ${joinCode}`.slice(0, 123)));
      const user = { name: 'Sam', identity: fingerprintOf(decodePublicKey(identity)) };
      ws.send(JSON.stringify({ type: 'welcome', user, epoch: randomUUID() }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const echo: Echo = {
    port,
    url: new URL(`https://127.0.0.1:${port}`),
    answer: 'refusal',
    said,
    stop: async () => {
      for (const ws of sessions.clients) ws.terminate();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return echo;
}
