/**
 * Every limit on what crosses a wire, each with its reason. A peer that goes over one is a broken or a hostile
 * peer: the other side closes the connection and says which limit it was.
 */

/** A message's text, UTF-8 bytes. A long stack trace fits; a file does not, and should be sent as one. */
export const MAX_TEXT_BYTES = 32 * 1024;

/** How often somebody who goes on writing says so, milliseconds. It is true for twice as long. */
export const TYPING_TOLD_EVERY_MS = 3_000;

/** One emoji of a reaction, UTF-8 bytes: a family of four with all its skin tones is 41. */
export const MAX_EMOJI_BYTES = 64;

/** What a person says of themselves, characters of Unicode: a line that a list has room for. */
export const MAX_STATUS_LENGTH = 80;

/**
 * One frame on a link, bytes. A text of MAX_TEXT_BYTES whose every character JSON escapes sixfold (192 KiB)
 * still fits beside its envelope, so that no single message can be too large to send.
 */
export const MAX_LINK_FRAME_BYTES = 256 * 1024;

/** Messages in one frame: bounds the work of one commit and of one validation. */
export const MAX_MESSAGES_PER_FRAME = 1024;

/** Unacknowledged bytes that a receiver lets a sender have in flight: four full frames keep a slow disk busy. */
export const LINK_WINDOW_BYTES = 4 * MAX_LINK_FRAME_BYTES;

/** One frame on the discovery session, bytes. A page of 50 users with eight endpoints each is about 40 KiB. */
export const MAX_SESSION_FRAME_BYTES = 128 * 1024;

/** The body of one HTTP request to the discovery server, bytes. A registration is under 1 KiB. */
export const MAX_HTTP_BODY_BYTES = 8 * 1024;

/** Requests right behind a sign-in, before the welcome: what a client begins with, and as much again. */
export const MAX_EARLY_REQUESTS = 8;

/** Bytes of these together: a `watch` of MAX_WATCHES is half of it. */
export const MAX_EARLY_BYTES = MAX_SESSION_FRAME_BYTES;

/** Users in one directory page: two screens of a side bar. */
export const MAX_DIRECTORY_PAGE = 50;

/** Users in one snapshot: with eight IPv6 endpoints each they stay within a session frame. */
export const MAX_SNAPSHOT = 100;

/** Users one session may watch: more than a person's contacts and visible directory pages together. */
export const MAX_WATCHES = 1000;

/** Endpoints one device may announce: all interfaces of a laptop with VPN, IPv4 and IPv6. */
export const MAX_ENDPOINTS = 8;

/** The lowest port that may be announced or dialled: nobody's client shall be sent to system services. */
export const MIN_ENDPOINT_PORT = 1024;

/** How deep JSON from outside may be nested: this protocol's own needs six; a validator recurses for each level. */
export const MAX_JSON_DEPTH = 32;

/** From connecting to an open link or an accepted sign-in, milliseconds. Slow VPNs need two or three seconds. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;

/** How often either end of a WebSocket asks whether the other is there, milliseconds. */
export const PING_INTERVAL_MS = 4_000;

/** A link with no sign of life for this long is cut, milliseconds: two lost pings and a slow third. */
export const LINK_DEAD_AFTER_MS = 15_000;

/**
 * A link whose other end sends bytes, and in so long no whole frame, ping or pong, is cut, milliseconds: a frame of
 * MAX_LINK_FRAME_BYTES over 35 kbit/s is done by then, and pings come between frames.
 */
export const LINK_FRAME_TIMEOUT_MS = 60_000;

/** Fragments of one frame of a link: this program sends each in one, a library may split it. */
export const MAX_LINK_FRAGMENTS = 64;

/**
 * A user is shown offline this long after the last sign of life, milliseconds: longer than a window takes to
 * reload, and with one sweep a second still within the 15 s that a killed editor may look alive.
 */
export const OFFLINE_AFTER_MS = 10_000;

/** The accounts that the file store is made for; a larger directory wants several servers on one database. */
export const MAX_ACCOUNTS = 20_000;

/** How long a nonce given out for signing stays good, milliseconds. */
export const NONCE_TTL_MS = 60_000;

/** Nonces a server keeps at once: the oldest goes first, so a flood costs memory of a few MiB and no more. */
export const MAX_OPEN_NONCES = 10_000;

/** Replacements of one identity that are kept and told on: whoever was away for longer accepts the new one by hand. */
export const MAX_SUCCESSIONS = 8;

/** A join code, characters: long enough for any passphrase, short enough to compare at once. */
export const MAX_JOIN_CODE = 128;

/** Messages that somebody who was not accepted yet may leave: enough to say who they are and what they want. */
export const MAX_REQUEST_MESSAGES = 20;

/** And their texts together, UTF-8 bytes. */
export const MAX_REQUEST_BYTES = 64 * 1024;

/** Devices of theirs from which those may come: everything that somebody writes on, and no memory of made-up ones. */
export const MAX_REQUEST_DEVICES = 4;

/** People whose requests wait at once; whoever comes after them is told what everybody unwanted is told. */
export const MAX_REQUESTS = 100;

/** Refusals that a reader keeps for each device, for the sender whose receipt was lost: one full frame's. */
export const MAX_KEPT_REFUSALS = 1_024;

/** One binary message in a relay, bytes: four records of TLS. */
export const MAX_RELAY_FRAME_BYTES = 64 * 1024;

/** How long a ticket for the relay lets in, and the first of two clients waits for the other, milliseconds. */
export const RELAY_WAIT_MS = 10_000;
