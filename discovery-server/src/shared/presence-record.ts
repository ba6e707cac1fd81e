import * as z from 'zod/mini';
import { endpoints } from '@p2p-chat/protocol/discovery';
import { timestamp } from '@p2p-chat/protocol/envelope';
import { fingerprint, type Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { decodeJson } from '@p2p-chat/protocol/text';

/** What is told of somebody online. */
const told = z.object({
  device: fingerprint,
  endpoints,
  takes: z.array(z.string().check(z.maxLength(32))).check(z.maxLength(16)),
});
export type ToldOnline = z.infer<typeof told>;

/** What a record, or a message about a change of one, says. See presence-scripts.ts. */
export interface PresenceRecord {
  readonly version: number;
  /** Undefined: offline. */
  readonly online: (ToldOnline & { readonly session: string }) | undefined;
}

/** A record as it lies in Redis. @throws {Error} it is none */
export function readRecord(text: string): PresenceRecord {
  const [, version, session, body] = /^(\d+) (\S+) \d+ (.*)$/s.exec(text) ?? [];
  if (session === undefined || body === undefined) throw new Error('not a record of somebody online');
  return { version: Number(version), online: { ...decodeJson(told, body), session } };
}

/** What is published: of whom, what, and of somebody offline when they were last seen. @throws {Error} it is none of that */
export function readPresenceMessage(
  text: string,
): PresenceRecord & { readonly identity: Fingerprint; readonly lastSeen: number | undefined } {
  const space = text.indexOf(' ');
  const identity = fingerprint.parse(text.slice(0, space));
  const [, version, lastSeen] = /^ (\d+) - (\d+)$/.exec(text.slice(space)) ?? [];
  if (lastSeen === undefined) return { identity, lastSeen, ...readRecord(text.slice(space + 1)) };
  return {
    identity,
    version: Number(version),
    online: undefined,
    lastSeen: timestamp.parse(Number(lastSeen)),
  };
}

/** For CLAIM. */
export function writeTold(online: ToldOnline): string {
  return JSON.stringify(online);
}
