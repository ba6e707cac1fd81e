import { createHmac } from 'node:crypto';
import * as z from 'zod/mini';
import { endpoint, type Endpoint } from './discovery.ts';

/**
 * How two who know each other find each other in one local network, without a server: by what each announces there in
 * multicast DNS. Whoever does not have the key of the one who announces sees random texts that change, and addresses.
 */

/** The kind of service that is announced, as `_p2p-chat._tcp.local`. */
export const NEARBY_SERVICE = 'p2p-chat';

/** How often everything random in an announcement changes, milliseconds: too seldom to be a load, too often to be a name. */
export const NEARBY_ROTATION_MS = 900_000;

/** An announcement says when it was made, in such steps: milliseconds. */
const NEARBY_SLOT_MS = 600_000;

/**
 * How far that may be from one's own clock, in steps: a day, since clocks that are wrong are mostly wrong by a time zone.
 * What is older was recorded and is played again.
 */
const MAX_SLOTS_APART = 144;

/** Addresses in one announcement: a machine has two or three in one network. */
export const MAX_NEARBY_ADDRESSES = 4;

/**
 * What contacts recognise a person's announcements by: a random UUID that the person's devices tell them on a link, and
 * nobody else.
 */
export const nearbyKey = z.uuid();

const tag = z.string().check(z.regex(/^[A-Za-z0-9_-]{22}$/));

/** An announcement, as it is heard: anybody may say anything. */
const announcement = z.object({
  /** The name of this announcement alone, of the service's instance. */
  instance: z.string().check(z.regex(/^[0-9a-f]{32}$/)),
  port: endpoint.shape.port,
  text: z.object({
    /** When it was made, in steps of ten minutes since 1970. */
    s: z.pipe(z.string().check(z.regex(/^\d{1,10}$/)), z.transform(Number)),
    /** The device's addresses in this network, the likeliest first. */
    a: z.pipe(
      z.pipe(
        z.string().check(z.maxLength(255)),
        z.transform((list) => list.split(',')),
      ),
      z.array(endpoint.shape.address).check(z.maxLength(MAX_NEARBY_ADDRESSES)),
    ),
    /** What whoever has the key can compute as well. */
    t: tag,
  }),
});

/** An announcement that may be somebody's; see isBy. */
export interface HeardNearby {
  readonly instance: string;
  readonly slot: number;
  readonly endpoints: readonly Endpoint[];
  readonly tag: string;
}

/** What to announce under this name for a listener at a port. @param addresses of them the first four are told */
export function nearbyTexts(
  key: string,
  { instance, port, addresses }: { instance: string; port: number; addresses: readonly string[] },
  now: number,
): Record<'s' | 'a' | 't', string> {
  const endpoints = addresses.slice(0, MAX_NEARBY_ADDRESSES).map((address) => ({ address, port }));
  const slot = slotOf(now);
  const t = tagOf(key, { instance, slot, endpoints });
  return { s: String(slot), a: endpoints.map(({ address }) => address).join(','), t };
}

/** An announcement out of what was heard; null for what is none, and for one of another day. */
export function readNearby(heard: unknown, now: number): HeardNearby | null {
  const { data } = announcement.safeParse(heard);
  if (data === undefined) return null;
  const { instance, port, text } = data;
  if (Math.abs(text.s - slotOf(now)) > MAX_SLOTS_APART) return null;
  return {
    instance,
    slot: text.s,
    endpoints: text.a.map((address) => ({ address, port })),
    tag: text.t,
  };
}

/** Whether whoever announced this has the key, and had these very addresses and this port. */
export function isBy(key: string, heard: HeardNearby): boolean {
  return tagOf(key, heard) === heard.tag;
}

function slotOf(now: number): number {
  return Math.floor(now / NEARBY_SLOT_MS);
}

/** 128 bits of HMAC-SHA-256. */
function tagOf(
  key: string,
  { instance, slot, endpoints }: Pick<HeardNearby, 'instance' | 'slot' | 'endpoints'>,
): string {
  const addresses = endpoints.map(({ address }) => address).join(',');
  const said = `p2p-chat/nearby/1\n${instance}\n${slot}\n${endpoints[0]?.port ?? 0}\n${addresses}\n`;
  return createHmac('sha256', key).update(said).digest().subarray(0, 16).toString('base64url');
}
