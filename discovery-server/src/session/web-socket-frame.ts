/** How a server frames a text for a WebSocket (RFC 6455 §5.2): whole, unmasked, uncompressed. */

/** The longest head of a frame, bytes. */
export const MAX_HEAD_BYTES = 10;

const WHOLE_TEXT = 0x81;
const SHORT = 125;
const TWO_BYTES = 126;
const EIGHT_BYTES = 127;

/** The text as a frame: one piece of memory, for one write. */
export function textFrame(text: string): Buffer {
  // A character takes three bytes at most.
  const isShort = 3 * text.length <= SHORT;
  const length = isShort ? undefined : Buffer.byteLength(text);
  const start = headBytes(length ?? 0);
  const frame = Buffer.allocUnsafe(start + (length ?? 3 * text.length));
  const written = frame.write(text, start);
  writeHead(frame, start, written);
  return isShort ? frame.subarray(0, start + written) : frame;
}

/** Writes the head of a frame right before `start`, where its text of so many bytes begins. @returns where the head begins */
export function writeHead(memory: Buffer, start: number, length: number): number {
  const head = start - headBytes(length);
  memory[head] = WHOLE_TEXT;
  if (length <= SHORT) memory[head + 1] = length;
  else if (length < 65_536) {
    memory[head + 1] = TWO_BYTES;
    memory.writeUInt16BE(length, head + 2);
  } else {
    memory[head + 1] = EIGHT_BYTES;
    memory.writeUInt32BE(Math.floor(length / 2 ** 32), head + 2);
    memory.writeUInt32BE(length % 2 ** 32, head + 6);
  }
  return head;
}

function headBytes(length: number): number {
  if (length <= SHORT) return 2;
  return length < 65_536 ? 4 : MAX_HEAD_BYTES;
}
