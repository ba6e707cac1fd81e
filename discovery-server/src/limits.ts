/**
 * Limits that are this server's own policy. What both ends of a wire must agree on stands in protocol/src/limits.ts.
 */

/** How often the server looks for what is overdue, milliseconds: OFFLINE_AFTER_MS plus one stays under 15 s. */
export const HEARTBEAT_MS = 1_000;

/**
 * A heartbeat that comes this late, milliseconds, means that this process itself did not run (a laptop slept, a
 * debugger stopped it): nobody had a chance to be heard, so the time lost counts against nobody.
 */
export const STALL_MS = 3 * HEARTBEAT_MS;

/**
 * Unsent bytes of one session beyond which pushes are dropped: two full frames. The sequence counts on, so the
 * client sees the gap and asks for a resync, which costs less than any longer backlog.
 */
export const PUSH_BACKLOG_BYTES = 256 * 1024;

/**
 * Unsent bytes of one session beyond which it is closed: results must not be dropped, and a client that asks
 * without reading makes this grow. With 5,000 such clients the server still has memory.
 */
export const SESSION_BACKLOG_BYTES = 1024 * 1024;

/** How long the other end may take to answer a close frame before its socket is cut, milliseconds. */
export const CLOSE_GRACE_MS = 1_000;

/** Header block of one HTTP request, bytes: ours are under 1 KiB, a corporate proxy may add as much. */
export const MAX_HEADER_BYTES = 8 * 1024;

/** One line of the accounts file, bytes. A record is under 300. */
export const MAX_ACCOUNT_LINE_BYTES = 64 * 1024;
