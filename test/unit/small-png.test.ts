import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { smallPng } from '../../scripts/lib/small-png.ts';

function chunk(kind: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(kind, 'latin1'), body]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

/** A PNG of these rows of bytes, each with the number of its filter before it. */
function png(width: number, height: number, kind: 'rgb' | 'rgba', rows: readonly number[][]): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, kind === 'rgba' ? 6 : 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const data = deflateSync(Buffer.from(rows.flat()));
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** The colours of a PNG with a palette and rows without a filter, row after row. */
function colours(made: Buffer, width: number): string[] {
  let palette: Buffer = Buffer.alloc(0);
  const shown: string[] = [];
  for (let at = 8; at < made.length;) {
    const length = made.readUInt32BE(at);
    const kind = made.toString('latin1', at + 4, at + 8);
    const body = made.subarray(at + 8, at + 8 + length);
    assert.equal(made.readUInt32BE(at + 8 + length), crc32(made.subarray(at + 4, at + 8 + length)), kind);
    if (kind === 'PLTE') palette = body;
    if (kind === 'IDAT') {
      for (const [place, index] of inflateSync(body).entries()) {
        if (place % (width + 1) > 0) shown.push(palette.toString('hex', 3 * index, 3 * index + 3));
      }
    }
    at += length + 12;
  }
  return shown;
}

describe('a picture made small', () => {
  it('has every colour that it had, where there are few, whichever filters its rows had', () => {
    const rows = [
      [0, 10, 20, 30, 40, 50, 60],
      [1, 10, 20, 30, 30, 30, 30],
      [2, 0, 0, 0, 0, 0, 0],
      [3, 5, 10, 15, 15, 15, 15],
      [4, 0, 0, 0, 0, 0, 0],
    ];
    const expected = ['0a141e', '28323c'];
    assert.deepEqual(
      colours(smallPng(png(2, 5, 'rgb', rows)), 2),
      [expected, expected, expected, expected, expected].flat(),
    );
  });

  it('of 1000 colours has 256 or fewer, each near to what it was', () => {
    const row = Array.from({ length: 1000 }, (_, index) => [index >> 2, 255 - (index >> 2), index % 4, 255]);
    const shown = colours(smallPng(png(1000, 1, 'rgba', [[0, ...row.flat()]])), 1000);
    assert.ok(new Set(shown).size <= 256);
    for (const [index, colour] of shown.entries()) {
      const [red = 0, green = 0, blue = 0] = Buffer.from(colour, 'hex');
      const [wasRed = 0, wasGreen = 0, wasBlue = 0] = row[index] ?? [];
      const far = Math.max(Math.abs(red - wasRed), Math.abs(green - wasGreen), Math.abs(blue - wasBlue));
      assert.ok(far <= 6, `${index}: ${colour} is ${far} away`);
    }
  });

  it('is refused where it is no picture of this kind', () => {
    assert.throws(() => smallPng(Buffer.from('GIF89a')), /no PNG/);
  });
});
