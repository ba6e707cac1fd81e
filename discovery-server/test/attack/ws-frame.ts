/** Opcodes of RFC 6455 §5.2. */
export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** One WebSocket frame, as a client sends it or not quite so. */
export function wsFrame(
  opcode: number,
  payload: Uint8Array | string = '',
  change: { fin?: boolean; masked?: boolean; reserved?: number; length?: bigint } = {},
): Buffer {
  const { fin = true, masked = true, reserved = 0 } = change;
  const body = Buffer.from(payload);
  const length = change.length ?? BigInt(body.length);
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  const mask = masked ? 0x80 : 0;
  let head: Buffer;
  if (length < 126n) {
    head = Buffer.from([first, mask | Number(length)]);
  } else if (length < 65_536n) {
    head = Buffer.alloc(4);
    head.set([first, mask | 126]);
    head.writeUInt16BE(Number(length), 2);
  } else {
    head = Buffer.alloc(10);
    head.set([first, mask | 127]);
    head.writeBigUInt64BE(length, 2);
  }
  if (!masked) return Buffer.concat([head, body]);
  const key = Buffer.from([0x5a, 0xa5, 0x0f, 0xf0]);
  const hidden = Buffer.from(body.map((byte, index) => byte ^ (key[index % 4] ?? 0)));
  return Buffer.concat([head, key, hidden]);
}
