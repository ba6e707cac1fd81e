import * as z from 'zod/mini';
import { isUnicast } from './addresses.ts';
import { fingerprint, fingerprints, publicKeyText, signatureText } from './fingerprint.ts';
import {
  MAX_DIRECTORY_PAGE,
  MAX_ENDPOINTS,
  MAX_JOIN_CODE,
  MAX_SNAPSHOT,
  MAX_WATCHES,
  MIN_ENDPOINT_PORT,
} from './limits.ts';
import { timestamp } from './envelope.ts';
import { userName } from './names.ts';
import { successions } from './succession-schema.ts';

/**
 * What a client and a discovery server say. Registration is HTTP with JSON bodies; everything after it runs on one
 * WebSocket, the session: the server's `challenge`, the client's `sign-in`, the server's `welcome`; then requests
 * with an `id`, answered in any order by `result` or `error`, and pushes. Requests may come before the welcome, which is
 * waited for with all that they do.
 */

/** Paths of the discovery server. */
export const DiscoveryPath = {
  health: '/healthz',
  ready: '/readyz',
  challenges: '/v1/challenges',
  accounts: '/v1/accounts',
  session: '/v1/session',
  relay: '/v1/relay',
} as const;

/** WebSocket subprotocol of the session. */
export const SESSION_PROTOCOL = 'p2p-chat-session.1';

/** WebSocket subprotocol of a relay: binary messages, which together are one stream of bytes in each direction. */
export const RELAY_PROTOCOL = 'p2p-chat-relay.1';

/**
 * What a server does for two who cannot reach each other, and what a client takes part in: `offers` of a welcome and
 * `takes` of a sign-in. Names that are not known are ignored.
 */
export const OFFERS_DIAL_BACK = 'dial-back';
export const OFFERS_RELAY = 'relay';
/** Of `takes` alone: the client goes into a relay at the address that it is told. */
export const TAKES_RELAY_ADDRESS = 'relay-address';
/** Of `offers` of a challenge: requests may come right behind the sign-in, before the welcome. */
export const OFFERS_EARLY_REQUESTS = 'early-requests';
const features = z.array(z.string().check(z.maxLength(32))).check(z.maxLength(16));

/** Where a device listens: the IP literal of one machine (no name that a resolver could bend) and a port. */
export const endpoint = z.object({
  address: z
    .union([z.ipv4(), z.ipv6()])
    .check(z.refine(isUnicast, 'an unspecified, multicast or broadcast address is not that of one machine')),
  port: z.int().check(z.gte(MIN_ENDPOINT_PORT), z.lte(65_535)),
});
export type Endpoint = z.infer<typeof endpoint>;
export const endpoints = z.array(endpoint).check(z.maxLength(MAX_ENDPOINTS));

/** 32 random bytes, base64. */
export const nonce = z.base64().check(z.length(44));

/** What lets one of two clients into a relay, once: 32 random bytes, base64. It goes as `Authorization: Bearer`. */
export const relayTicket = z.base64().check(z.length(44));

/**
 * Where a relay is, when it is not where the session is: that instance of several that made the pair. The origin of an
 * address. Whether the client goes there is for it to decide: see docs/protocol.md.
 */
export const relayAddress = z.string().check(
  z.maxLength(256),
  z.refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url !== undefined && /^https?:$/.test(url.protocol) && url.origin === text;
  }, 'an address is that of an https or http server, with nothing after it'),
);

/**
 * What the server wants a signature to be bound to besides its nonce, so that it proves nothing to another server.
 * The client forms the binding from what it sees itself, and signs nothing where the two disagree.
 */
export const bindingKind = z.enum([
  /** Plain HTTP on loopback: `plain:` and the port of the address that the client was given. */
  'plain',
  /** `tls:` and the fingerprint of the key of the certificate that the client sees. */
  'tls',
  /**
   * `origin:` and the address that the client was given, for a server behind a proxy that has the certificate. Only
   * for a connection whose certificate an authority or a pin bears out.
   */
  'origin',
]);
export type BindingKind = z.infer<typeof bindingKind>;

/** The binding to a server on loopback, where its port tells it from others. @param port of the address given */
export function plainBinding(port: number): string {
  return `plain:${port}`;
}

/** The binding to a TLS server by its certificate's key. */
export function tlsBinding(serverKey: string): string {
  return `tls:${serverKey}`;
}

/** The binding to a server behind a proxy. @param origin such as `https://chat.example.com`, no slash at its end */
export function originBinding(origin: string): string {
  return `origin:${origin}`;
}

/** The text whose signature proves, at registration, that the new account's owner holds the identity key. */
export function registrationStatement(binding: string, nonceText: string, name: string): string {
  return `p2p-chat/register/1\n${binding}\n${nonceText}\n${name}\n`;
}

/** The text whose signature proves, at sign-in, that this device acts for the identity. */
export function signInStatement(binding: string, nonceText: string, device: string): string {
  return `p2p-chat/sign-in/1\n${binding}\n${nonceText}\n${device}\n`;
}

/** A user as the directory lists them. */
export const user = z.object({ name: userName, identity: fingerprint });
export type User = z.infer<typeof user>;

/** A user's presence: with a device and endpoints while online, with the time of the last sign of life always. */
export const presence = z.object({
  name: userName,
  identity: fingerprint,
  online: z.boolean(),
  /** Milliseconds since 1970 by the server's clock; null for somebody who never signed in. */
  lastSeen: z.nullable(timestamp),
  device: z.nullable(fingerprint),
  endpoints,
});
export type Presence = z.infer<typeof presence>;

/** Error codes of HTTP answers and of session errors. */
export const errorCode = z.enum([
  'bad-request',
  'bad-signature',
  'stale-nonce',
  'name-taken',
  /** The identity, or the one that it follows on, has an account of another name. */
  'identity-registered',
  /** Another identity followed on this one, and has its account. */
  'identity-replaced',
  'directory-full',
  /** The account needs the server's join code, and it was not given or is another. */
  'join-code',
  'not-registered',
  'not-found',
  'too-many',
  'unavailable',
]);
export type ErrorCode = z.infer<typeof errorCode>;
export const errorBody = z.object({
  error: z.object({
    code: errorCode,
    message: z.string(),
    /** The name of the account, for `identity-registered` and `identity-replaced`: whoever asks proved that it is theirs. */
    name: z.optional(userName),
    /** The id of the request, for whoever asks the operator about it: also the header `X-Request-Id`. */
    request: z.optional(z.string()),
  }),
});

/** `POST /v1/challenges` → 201. */
export const challengeAnswer = z.object({ nonce, binding: bindingKind });

/** What proves, compared in constant time, that somebody may make an account on a server that asks for it. */
export const joinCode = z.string().check(z.minLength(1), z.maxLength(MAX_JOIN_CODE));

/**
 * `POST /v1/accounts`: 201 for a new account, 200 when this identity has this very name already, or when the account
 * of an identity before it, by `successions`, was handed on to it.
 */
export const registration = z.object({
  name: userName,
  identity: publicKeyText,
  nonce,
  signature: signatureText,
  joinCode: z.optional(joinCode),
  /** How `identity` followed on others, oldest first, ending with it. */
  successions: z.optional(successions),
});
export const registrationAnswer = z.object({ user });

/** `GET /healthz` → 200. */
export const health = z.object({
  status: z.literal('ok'),
  version: z.string(),
  accounts: z.int(),
  online: z.int(),
});

/** `GET /readyz` → 200, or 503 `unavailable` with the reason. */
export const readiness = z.object({ status: z.literal('ready') });

/**
 * First frame of the client on a session. A newer sign-in of the identity replaces the older: by itself that of the
 * same device, and that of another one only with `takeOver`.
 */
export const signInFrame = z.object({
  type: z.literal('sign-in'),
  identity: publicKeyText,
  device: fingerprint,
  signature: signatureText,
  endpoints,
  /** The person wants to be on this device from now on: not at a start or after a break, which nobody asked for. */
  takeOver: z.optional(z.boolean()),
  /** What this client takes besides what every client does: OFFERS_DIAL_BACK, OFFERS_RELAY, TAKES_RELAY_ADDRESS. */
  takes: z.optional(features),
});

const requestId = z.int().check(z.gte(0));
const identities = fingerprints(MAX_WATCHES);

/** What a signed-in client may ask. */
export const sessionRequest = z.discriminatedUnion('type', [
  z.object({ type: z.literal('announce'), id: requestId, endpoints }),
  /** The directory by name, `after` (exclusive) a name; answered with a `page`. */
  z.object({
    type: z.literal('directory'),
    id: requestId,
    after: z.nullable(userName),
    limit: z.int().check(z.gte(1), z.lte(MAX_DIRECTORY_PAGE)),
  }),
  z.object({ type: z.literal('look-up'), id: requestId, identity: fingerprint }),
  /** Adds to the watched users; their presence comes as the next `snapshot`. */
  z.object({ type: z.literal('watch'), id: requestId, identities }),
  z.object({ type: z.literal('unwatch'), id: requestId, identities }),
  /** From now on new accounts are pushed as `account`, or no longer. */
  z.object({ type: z.literal('watch-directory'), id: requestId, on: z.boolean() }),
  /** A gap was noticed: answered with snapshots of everything watched. */
  z.object({ type: z.literal('resync'), id: requestId }),
  /** Another name for this account; answered with `user`. */
  z.object({ type: z.literal('rename'), id: requestId, name: userName }),
  /** Ends the account for good; the result, and then the server closes with `deleted`. */
  z.object({ type: z.literal('delete-account'), id: requestId }),
  /** Offline now, by wish: pushed at once, and the server closes the session. */
  z.object({ type: z.literal('sign-out'), id: requestId }),
  /** That user is to dial this device, whom it cannot reach. Whether they do, or were told, the result does not say. */
  z.object({ type: z.literal('dial-back'), id: requestId, identity: fingerprint }),
  /** A stream of bytes to that user's device, through the server; the result has this client's `ticket`. */
  z.object({ type: z.literal('relay'), id: requestId, identity: fingerprint }),
]);
export type SessionRequest = z.infer<typeof sessionRequest>;

/** What the client sends on a session. */
export const clientFrame = z.union([signInFrame, sessionRequest]);

/**
 * Pushes carry the `epoch` of the stream (new with each session) and `seq`, one more for each push. A client that
 * misses a number asks for `resync`.
 */
const streamPosition = { epoch: z.uuid(), seq: z.int().check(z.gte(1)) };

/** What the server sends on a session. */
export const serverFrame = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('challenge'),
    nonce,
    binding: bindingKind,
    /** What may be done before the welcome: OFFERS_EARLY_REQUESTS. Earlier servers offer nothing here. */
    offers: z.optional(features),
  }),
  z.object({
    type: z.literal('welcome'),
    user,
    epoch: z.uuid(),
    /** What may be asked of this server besides: OFFERS_DIAL_BACK, OFFERS_RELAY. */
    offers: z.optional(features),
  }),
  z.object({
    type: z.literal('result'),
    id: requestId,
    /** For `directory`. `next` is the `after` of the following page, null at the end. */
    page: z.optional(z.object({ users: z.array(presence), next: z.nullable(userName) })),
    /** For `look-up`; of an identity that was replaced, its successor. Null when the directory knows neither. */
    found: z.optional(z.nullable(presence)),
    /** For `look-up`: how the identity found followed on others, when it did. */
    successions: z.optional(successions),
    /** For `rename`. */
    user: z.optional(user),
    /** For `relay`. */
    ticket: z.optional(relayTicket),
    /** For `relay`: where the ticket is good. Absent: where this session is. */
    address: z.optional(relayAddress),
  }),
  z.object({ type: z.literal('error'), id: requestId, code: errorCode, message: z.string() }),
  /** The state now of some watched users. A request's snapshots, several if need be, come before its result. */
  z.object({
    type: z.literal('snapshot'),
    ...streamPosition,
    presences: z.array(presence).check(z.maxLength(MAX_SNAPSHOT)),
  }),
  z.object({ type: z.literal('presence'), ...streamPosition, presence }),
  z.object({ type: z.literal('account'), ...streamPosition, presence }),
  /** An identity that is watched, or was when it was left, has been replaced: oldest first, ending with today's. */
  z.object({ type: z.literal('succession'), ...streamPosition, successions }),
  /** The account is no more. To who watches it or the directory. */
  z.object({ type: z.literal('removed'), ...streamPosition, identity: fingerprint }),
  /**
   * That user cannot reach this device and asks to be dialled there. In no stream: it is worth something now or never.
   * Only for who takes it.
   */
  z.object({ type: z.literal('dial-back'), identity: fingerprint, device: fingerprint, endpoints }),
  /** That user waits in the relay, into which `ticket` lets this client, at `address` if there is one. As the one before. */
  z.object({
    type: z.literal('relay'),
    identity: fingerprint,
    device: fingerprint,
    ticket: relayTicket,
    address: z.optional(relayAddress),
  }),
]);
export type ServerFrame = z.infer<typeof serverFrame>;

/** What one client asks of another by way of the server. */
export type Call = Extract<ServerFrame, { type: 'dial-back' | 'relay' }>;

/** WebSocket close codes of a session. */
export const SessionClose = {
  /** The server stops; come back later, and not all at once. */
  goingAway: 1001,
  badRequest: 4400,
  badSignature: 4401,
  /** The identity has no account here: register first. */
  notRegistered: 4404,
  signInTimeout: 4408,
  /** A newer sign-in of the same identity took over. */
  replaced: 4409,
  signedOut: 4410,
  /** The account was deleted: by its owner, or by whoever runs the server. */
  deleted: 4411,
  /** Another identity took the place of this one, and has its account. */
  identityReplaced: 4412,
  /** This client did not read what it asked for. */
  slowConsumer: 4413,
  /** Whoever runs the server gave the account another name: sign in again, and the welcome says it. */
  renamed: 4414,
  tooMany: 4429,
} as const;

/** WebSocket close codes of a relay. */
export const RelayClose = {
  /** The server stops. */
  goingAway: 1001,
  /** The other end has closed, or its connection broke. */
  ended: 4500,
  /** The other client did not come in time. */
  nobodyCame: 4501,
  /** A message was not binary. */
  badMessage: 4502,
  /** For too long nothing came of it: no bytes from either end, or none that the other end took. */
  idle: 4503,
} as const;
