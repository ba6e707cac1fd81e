import assert from 'node:assert/strict';

/** What a frame of a server says, by RFC 6455 §5.2: whole, of text, unmasked, with its length in the least of bytes. */
export function textIn(frame: Buffer): string {
  assert.equal(frame[0], 0x81);
  const short = frame[1] ?? 0;
  const [length, start] =
    short < 126
      ? [short, 2]
      : short === 126
        ? [frame.readUInt16BE(2), 4]
        : [Number(frame.readBigUInt64BE(2)), 10];
  assert.ok(start === 2 || length > 125);
  assert.ok(start < 10 || length > 65_535);
  assert.equal(frame.length, start + length);
  return frame.toString('utf8', start);
}
