/**
 * TLS hides from a trace what leaves for another peer. So the traced peer writes each frame here, to no consequence,
 * right before the WebSocket gets it: a frame cannot leave before this write, so whatever was on the disk before the
 * write was there before the frame left.
 */
export const MARKER = '/dev/null';
