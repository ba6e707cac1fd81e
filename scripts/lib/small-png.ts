/** Makes a picture of a user interface small: at most 256 colours, as a PNG with a palette. */
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const MOST_COLOURS = 256;

interface Picture {
  readonly width: number;
  readonly height: number;
  /** One number for each pixel, 0xRRGGBB, row after row. */
  readonly pixels: Uint32Array;
}

/** Some colours of a picture, and how many pixels have each. */
type Counted = readonly (readonly [colour: number, count: number])[];

/** The same picture with at most 256 colours. What it takes is what browsers write: 8 bits, RGB or RGBA, opaque. */
export function smallPng(png: Buffer): Buffer {
  const picture = decode(png);
  const counts = new Map<number, number>();
  for (const pixel of picture.pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const { palette, indices } = reduce([...counts]);
  const rows = Buffer.alloc((picture.width + 1) * picture.height);
  let at = 0;
  for (const [place, pixel] of picture.pixels.entries()) {
    // Each row begins with how it is filtered: not at all.
    if (place % picture.width === 0) at++;
    rows[at++] = indices.get(pixel) ?? 0;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(picture.width, 0);
  header.writeUInt32BE(picture.height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flatMap(channels))),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function channels(colour: number): [number, number, number] {
  return [colour >> 16, (colour >> 8) & 0xff, colour & 0xff];
}

/** A palette, and the place in it of each colour: groups of colours are cut in two until there are enough. */
function reduce(colours: Counted): { palette: number[]; indices: Map<number, number> } {
  const groups = [colours];
  while (groups.length < MOST_COLOURS) {
    const spreads = groups.map(spread);
    const widest = spreads.reduce(
      (best, { size }, index) => (size > (spreads[best]?.size ?? 0) ? index : best),
      0,
    );
    const [group, { shift, size } = { shift: 0, size: 0 }] = [groups[widest], spreads[widest]];
    if (group === undefined || size === 0) break;
    groups.splice(widest, 1, ...halves(group, shift));
  }
  const indices = new Map<number, number>();
  const palette = groups.map((group, index) => {
    for (const [colour] of group) indices.set(colour, index);
    return middle(group);
  });
  return { palette, indices };
}

/** In which channel the colours of a group differ the most; the more pixels have them, the more it matters. */
function spread(group: Counted): { shift: number; size: number } {
  const weight = Math.sqrt(group.reduce((sum, [, count]) => sum + count, 0));
  let widest = { shift: 0, size: 0 };
  for (const shift of [16, 8, 0]) {
    let [low, high] = [0xff, 0];
    for (const [colour] of group) {
      const value = (colour >> shift) & 0xff;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    const size = (high - low) ** 2 * weight;
    if (size > widest.size) widest = { shift, size };
  }
  return widest;
}

/** Two groups, cut in the middle between the two ends. */
function halves(group: Counted, shift: number): [Counted, Counted] {
  const values = group.map(([colour]) => (colour >> shift) & 0xff);
  const [low, high] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  const isLow = ([colour]: readonly [number, number]): boolean => ((colour >> shift) & 0xff) * 2 < low + high;
  return [group.filter(isLow), group.filter((each) => !isLow(each))];
}

/** The colour of most of the pixels where one has most of them, so that grounds stay what they are; else the mean. */
function middle(group: Counted): number {
  const all = group.reduce((sum, [, count]) => sum + count, 0);
  const most = group.find(([, count]) => count * 2 > all);
  if (most !== undefined) return most[0];
  const mean = (shift: number): number =>
    Math.round(group.reduce((sum, [colour, count]) => sum + ((colour >> shift) & 0xff) * count, 0) / all);
  return (mean(16) << 16) | (mean(8) << 8) | mean(0);
}

function decode(png: Buffer): Picture {
  if (!png.subarray(0, 8).equals(SIGNATURE)) throw new Error('this is no PNG');
  const data: Buffer[] = [];
  let [width, height, bytes] = [0, 0, 0];
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    const kind = png.toString('latin1', at + 4, at + 8);
    const body = png.subarray(at + 8, at + 8 + length);
    if (kind === 'IHDR') {
      [width, height] = [body.readUInt32BE(0), body.readUInt32BE(4)];
      const [depth, colours, , , interlaced] = body.subarray(8);
      bytes = colours === 6 ? 4 : 3;
      if (depth !== 8 || (colours !== 2 && colours !== 6) || interlaced !== 0) {
        throw new Error('only 8 bits of RGB or RGBA, not interlaced, are known');
      }
    }
    if (kind === 'IDAT') data.push(body);
    at += length + 12;
  }
  const raw = unfiltered(inflateSync(Buffer.concat(data)), width * bytes, bytes);
  const pixels = new Uint32Array(width * height);
  for (let pixel = 0; pixel < pixels.length; pixel++) pixels[pixel] = raw.readUIntBE(pixel * bytes, 3);
  return { width, height, pixels };
}

/** The bytes of all rows, from each of which what the row's filter left out is put in again. */
function unfiltered(rows: Buffer, size: number, bytes: number): Buffer {
  const count = rows.length / (size + 1);
  const raw = Buffer.alloc(size * count);
  for (let row = 0; row < count; row++) {
    const filter = rows[row * (size + 1)];
    for (let column = 0; column < size; column++) {
      const at = row * size + column;
      const left = column < bytes ? 0 : (raw[at - bytes] ?? 0);
      const above = row === 0 ? 0 : (raw[at - size] ?? 0);
      const aboveLeft = row === 0 || column < bytes ? 0 : (raw[at - size - bytes] ?? 0);
      raw[at] = (rows[at + row + 1] ?? 0) + predicted(filter, left, above, aboveLeft);
    }
  }
  return raw;
}

function predicted(filter: number | undefined, left: number, above: number, aboveLeft: number): number {
  switch (filter) {
    case 0:
      return 0;
    case 1:
      return left;
    case 2:
      return above;
    case 3:
      return (left + above) >> 1;
    case 4: {
      const guess = left + above - aboveLeft;
      const far = [left, above, aboveLeft].map((each) => Math.abs(guess - each));
      const least = Math.min(...far);
      return [left, above, aboveLeft][far.indexOf(least)] ?? 0;
    }
    case undefined:
    default:
      throw new Error(`a filter of PNG is 0 to 4, not ${filter}`);
  }
}

function chunk(kind: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(kind, 'latin1'), body]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(body.length, 0);
  ends.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([ends.subarray(0, 4), named, ends.subarray(4)]);
}
