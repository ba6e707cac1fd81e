import {
  challengeAnswer,
  DiscoveryPath,
  registrationStatement,
  SESSION_PROTOCOL,
  signInStatement,
} from '@p2p-chat/protocol/discovery';
import { signStatement } from '@p2p-chat/protocol/identity';
import { decodeJson } from '@p2p-chat/protocol/text';
import type { ThinHttp } from '../lib/thin-http.ts';
import { clientFrame, ThinSocket } from '../lib/thin-socket.ts';
import type { Somebody } from './people.ts';

/** The address that clients are given: the server is measured as it runs behind a proxy, which tells who comes. */
export const PUBLIC_ORIGIN = 'https://chat.example.com';

const BINDING = `origin:${PUBLIC_ORIGIN}`;
const CHALLENGE = /^\{"type":"challenge","nonce":"([A-Za-z0-9+/=]{44})",.*"early-requests"/;
const WELCOME = '{"type":"welcome"';
const RESULT = Buffer.from('{"type":"result"');

/** The lines of a request by which a proxy says for whom it is. */
export function forwardedFor(address: string): string {
  return `X-Forwarded-For: ${address}\r\n`;
}

/** A signed-in session. */
export interface Client {
  readonly who: Somebody;
  readonly socket: ThinSocket;
  /** Told of each text frame from now on. */
  text: (payload: Buffer) => void;
  /** Told of the end, should it come unasked for. */
  closed: (why: string) => void;
}

/** What a client sends to watch these: made before the clock starts, since it is no part of what a server does. */
export function watchFrame(identities: readonly string[]): Buffer {
  return clientFrame(1, Buffer.from(JSON.stringify({ type: 'watch', id: 0, identities })));
}

/**
 * Connects, signs in, watches, and has the answer.
 * @param watch by watchFrame
 * @param takes the calls that the client takes
 */
export function signIn(
  port: number,
  who: Somebody,
  watch: Buffer,
  takes?: readonly string[],
): Promise<Client> {
  return new Promise((done, failed) => {
    const client: Client = {
      who,
      text: (payload) => {
        const nonce = nonceOf(payload);
        if (nonce === undefined) return failed(new Error(`no challenge, but ${payload.toString()}`));
        client.text = (welcome) => {
          if (welcome.toString('latin1', 0, WELCOME.length) !== WELCOME) {
            return failed(new Error(`no welcome, but ${welcome.toString()}`));
          }
          client.text = (payload) => {
            if (!isResult(payload)) return;
            client.text = ignore;
            done(client);
          };
        };
        const { identity, device } = { identity: who.publicKey, device: who.device };
        const signature = signStatement(who.privateKey, signInStatement(BINDING, nonce, device));
        const endpoints = [{ address: who.address, port: 40_123 }];
        const frame = { type: 'sign-in', identity, device, signature, endpoints, takes };
        client.socket.sendFrame(Buffer.concat([clientFrame(1, Buffer.from(JSON.stringify(frame))), watch]));
      },
      closed: (why) => failed(new Error(`a session ended: ${why}`)),
      socket: new ThinSocket(
        {
          port,
          path: DiscoveryPath.session,
          headers: `Sec-WebSocket-Protocol: ${SESSION_PROTOCOL}\r\n${forwardedFor(who.address)}`,
        },
        { text: (payload) => client.text(payload), closed: (why) => client.closed(why) },
      ),
    };
  });
}

/** A bare connection to a server of the baseline, by the same request. */
export function connectBare(port: number, who: Somebody): Promise<Client> {
  return new Promise((done, failed) => {
    const client: Client = {
      who,
      text: ignore,
      closed: (why) => failed(new Error(`a connection ended: ${why}`)),
      socket: new ThinSocket(
        {
          port,
          path: DiscoveryPath.session,
          headers: `Sec-WebSocket-Protocol: ${SESSION_PROTOCOL}\r\n${forwardedFor(who.address)}`,
        },
        {
          open: () => done(client),
          text: (payload) => client.text(payload),
          closed: (why) => client.closed(why),
        },
      ),
    };
  });
}

/**
 * That of a challenge which says that requests may follow the sign-in at once; undefined where a frame is none. By its text: a
 * schema takes as long as much of a sign-in.
 */
function nonceOf(payload: Buffer): string | undefined {
  return CHALLENGE.exec(payload.toString('latin1'))?.[1];
}

/** Whether a frame answers a request. */
export function isResult(payload: Buffer): boolean {
  return payload.subarray(0, RESULT.length).equals(RESULT);
}

function ignore(): void {
  // Nobody waits for it.
}

/** What a registration posts, with a nonce of the server. */
export async function registrationOf(http: ThinHttp, who: Somebody): Promise<string> {
  const { status, body } = await http.post(DiscoveryPath.challenges, '', forwardedFor(who.address));
  if (status !== 201) throw new Error(`no challenge: ${status} ${body}`);
  const { nonce } = decodeJson(challengeAnswer, body);
  const signature = signStatement(who.privateKey, registrationStatement(BINDING, nonce, who.name));
  return JSON.stringify({ name: who.name, identity: who.publicKey, nonce, signature });
}
